import { ValidateBy } from 'class-validator';
import { z } from 'zod';

const moment = z.iso.datetime({ offset: true });

/** A date and a time with its zone, as in RFC 3339: nobody has to guess when that is. */
export function IsMoment(): PropertyDecorator {
  return ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value) => moment.safeParse(value).success,
      defaultMessage: (args) =>
        `${args?.property ?? 'value'} must be a date and time with its zone, like 2026-11-24T02:00:00Z`,
    },
  });
}
