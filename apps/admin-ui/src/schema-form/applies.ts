import { isFormObject, type FormSchema } from './form-schema';

/** Whether a field is one to fill in, with the values that its siblings have. */
export function applies(field: FormSchema, siblings: unknown): boolean {
  if (field['x-hidden']) return false;
  const conditions = Object.entries(field['x-show-when'] ?? {});
  return conditions.every(([name, values]) =>
    values.includes(isFormObject(siblings) ? siblings[name] : undefined),
  );
}
