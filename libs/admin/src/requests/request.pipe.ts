import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import type { FieldProblem } from '@nest-integrations/core';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError } from 'class-validator';
import { InvalidRequestException } from '../problems/invalid-request.exception.js';
import { jsonProblems } from './json-limits.js';
import type { InputPart } from './request-input.decorator.js';

const PLAIN_TYPES: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object]);
const MAX_PROBLEMS = 50;

/**
 * Makes an instance of the route's DTO and checks it; unknown fields are refused. It reads what
 * `@RequestBody()` and `@RequestQuery()` stand at.
 *
 * Not Nest's ValidationPipe: that one sends bodies through class-transformer, which drops or trips
 * over fields of a config or payload that are called `constructor` or `valueOf`, and its way out,
 * `transformerPackage`, changes every ValidationPipe of the process.
 */
@Injectable()
export class RequestPipe implements PipeTransform<unknown, Promise<unknown>> {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    const part = partOf(metadata);
    if (!isDto(metatype) || !part) return value;
    const fields = objectOf(value);
    refuse(unknownFields(fields, metatype));
    // A ValidationPipe of the host's own that also looks at custom parameters has made the instance.
    const dto = fields instanceof metatype ? fields : toInstance(metatype, { part, fields });
    refuse((await validate(dto)).map(fieldProblem));
    return dto;
  }
}

/** Of `@RequestBody()` and `@RequestQuery()`, and of Nest's own; `undefined` for other parameters. */
function partOf({ type, data }: ArgumentMetadata): InputPart | undefined {
  const part = type === 'custom' ? data : type;
  return part === 'body' || part === 'query' ? part : undefined;
}

function toInstance(
  dto: Type<object>,
  { part, fields }: { part: InputPart; fields: object },
): object {
  if (part === 'query') refuse(repeatedFields(fields));
  refuse(jsonProblems(fields));
  return part === 'body' ? fromBody(dto, fields) : plainToInstance(dto, fields);
}

function objectOf(value: unknown = {}): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidRequestException([{ field: '', message: 'The body must be a JSON object' }]);
}

/** First of all: `constructor` and `__proto__` are fields like any other here, and unknown ones. */
function unknownFields(value: object, dto: Type<object>): FieldProblem[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const allowed = new Set(rules.map((rule) => rule.propertyName));
  return Object.keys(value)
    .filter((field) => !allowed.has(field))
    .map((field) => ({
      field,
      message: `is not a field of this request; allowed: ${[...allowed].join(', ') || 'none'}`,
    }));
}

function repeatedFields(query: object): FieldProblem[] {
  return Object.entries(query)
    .filter(([, value]) => typeof value !== 'string')
    .map(([field]) => ({ field, message: 'must be given once, as plain text' }));
}

/** Without the constructor: a field that was left out must not be there as `undefined`. */
function fromBody(dto: Type<object>, body: object): object {
  return Object.setPrototypeOf({ ...body }, dto.prototype);
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw new InvalidRequestException(problems.slice(0, MAX_PROBLEMS));
}

function isDto(metatype: ArgumentMetadata['metatype']): metatype is Type<object> {
  return metatype !== undefined && !PLAIN_TYPES.has(metatype);
}

function fieldProblem({ property, constraints = {} }: ValidationError): FieldProblem {
  return { field: property, message: Object.values(constraints).join('; ') };
}
