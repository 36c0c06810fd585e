import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from '../problems/problem.dto.js';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.js';

/** Describes the problem answers of a route, or of all routes of a controller. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: getSchemaPath(ProblemDto) } } };
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) =>
      ApiResponse({ status, description: STATUS_CODES[status] ?? '', content }),
    ),
  );
}
