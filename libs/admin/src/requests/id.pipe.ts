import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isId } from '@nest-integrations/common';
import { InvalidRequestException } from '../problems/invalid-request.exception.js';

/** Lets UUIDs through; the refusal names the parameter. */
@Injectable()
export class IdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, { data }: ArgumentMetadata): string {
    if (isId(value)) return value;
    throw new InvalidRequestException([
      { field: data ?? 'id', message: 'must be a UUID, like 0198c5e2-7a7e-7000-8000-000000000000' },
    ]);
  }
}
