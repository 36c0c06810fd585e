import { ValidateBy } from 'class-validator';

/** One line of text for people: not blank, no control characters, not too long. */
export function IsLine(max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isLine',
    validator: {
      validate: (value) => isLine(value, max),
      defaultMessage: (args) =>
        `${args?.property ?? 'value'} must be a line of 1 to ${max} characters, not blank, without control characters`,
    },
  });
}

function isLine(value: unknown, max: number): boolean {
  return (
    typeof value === 'string' &&
    value.length <= max &&
    value.trim() !== '' &&
    !/\p{Control}/u.test(value)
  );
}
