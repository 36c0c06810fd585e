import { BadRequestException } from '@nestjs/common';
import type { FieldProblem } from '@nest-integrations/core';

/** The request does not have the form that the route asks for. Answered with 400. */
export class InvalidRequestException extends BadRequestException {
  constructor(readonly problems: readonly FieldProblem[]) {
    super(problems.map((p) => (p.field ? `${p.field}: ${p.message}` : p.message)).join('; '));
  }
}
