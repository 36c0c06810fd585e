import { applyDecorators } from '@nestjs/common';
import { RETRY_PRESET_NAMES } from '@nest-integrations/common';
import { Transform } from 'class-transformer';
import { IsDate, ValidateBy, ValidateIf } from 'class-validator';

/** May be left out, but is not `null` then; `IsOptional` allows both. */
export function Omittable(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** Only the form: whether the waits are possible ones is for core to say. */
export function IsRetryPolicyForm(): PropertyDecorator {
  return ValidateBy({
    name: 'isRetryPolicyForm',
    validator: {
      validate: (value) =>
        typeof value === 'string' || (typeof value === 'object' && value !== null),
      defaultMessage: () =>
        `must be one of ${RETRY_PRESET_NAMES.join(', ')}, or an object with delaysSeconds`,
    },
  });
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Text of a query that is a point in time from 1970 on. */
export function IsIsoTime(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => toTime(value)),
    IsDate({ message: 'must be a date, or a date and time with zone, like 2026-01-31T12:00:00Z' }),
  );
}

function toTime(value: unknown): unknown {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return value;
  const time = new Date(value);
  return time.getTime() >= 0 ? time : value;
}

/** Text of a query that is `true` or `false`. */
export function ToBoolean(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  );
}

/** Compares two times of one query; where the other is not given, or no time, nothing is said. */
export function IsLaterThan(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isLaterThan',
    constraints: [other],
    validator: {
      validate: (value, args) => {
        const earlier: unknown = args && Object(args.object)[other];
        return !(value instanceof Date && earlier instanceof Date) || value > earlier;
      },
      defaultMessage: () => `must be later than ${other}`,
    },
  });
}

/** Text of a query that is a list: its values are joined by commas. */
export function ToList(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',') : value,
  );
}
