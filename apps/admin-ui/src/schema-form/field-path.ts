import { isFormObject } from './form-schema';

/** Where a field is, from the config's root: `['auth', 'token']`, `['headers', 0, 'name']`. */
export type FieldPath = readonly (string | number)[];

/** As the server names it: `auth.token`, `headers[0].name`. */
export function pathText(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

export function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((current, step) => {
    if (typeof step === 'number') return Array.isArray(current) ? current[step] : undefined;
    return isFormObject(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }, value);
}

/** A copy in which one field has another value; `undefined` takes it out. */
export function withValueAt(value: unknown, path: FieldPath, next: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    list[step] = withValueAt(list[step], rest, next);
    return list;
  }
  const { [step]: before, ...others } = isFormObject(value) ? value : {};
  const after = withValueAt(before, rest, next);
  if (after === undefined) return others;
  // In its old place: a form must not reorder what it shows.
  return isFormObject(value) && Object.hasOwn(value, step)
    ? Object.fromEntries(
        Object.entries(value).map(([name, old]) => [name, name === step ? after : old]),
      )
    : { ...others, [step]: after };
}
