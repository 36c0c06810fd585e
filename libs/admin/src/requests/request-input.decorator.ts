import { createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common';
import { ApiBody, ApiQuery } from '@nestjs/swagger';

/** The parts of a request that a DTO describes; also what `RequestPipe` is told as `data`. */
export type InputPart = 'body' | 'query';

type InputRequest = Readonly<Record<InputPart, unknown>>;

const read = createParamDecorator((part: InputPart, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<InputRequest>()[part];
});

/**
 * The body, as the DTO that the parameter names. Not Nest's `@Body()`: a global `ValidationPipe` of
 * the host would take that first, drop fields of a filter or config that are called `constructor`, and
 * fall over what is nested too deep. It leaves custom parameters alone.
 */
export function RequestBody(): ParameterDecorator {
  return described('body', (type) => ApiBody({ type }));
}

/** The query, as the DTO that the parameter names. Not `@Query()`, for the same reason. */
export function RequestQuery(): ParameterDecorator {
  return described('query', (type) => ApiQuery({ type }));
}

/** The API's document knows Nest's own decorators alone, so it is told. */
function described(
  part: InputPart,
  describe: (type: Type<object>) => MethodDecorator,
): ParameterDecorator {
  return (target, method, index) => {
    if (method === undefined) return;
    read(part)(target, method, index);
    const types: unknown = Reflect.getMetadata('design:paramtypes', target, method);
    const handler = Object.getOwnPropertyDescriptor(target, method);
    const type: unknown = Array.isArray(types) ? types[index] : undefined;
    if (handler && isClass(type)) describe(type)(target, method, handler);
  };
}

function isClass(value: unknown): value is Type<object> {
  return typeof value === 'function';
}
