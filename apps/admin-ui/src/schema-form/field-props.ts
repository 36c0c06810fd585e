import type { FieldPath } from './field-path';
import type { FormSchema } from './form-schema';

export interface FieldProps {
  readonly schema: FormSchema;
  readonly path: FieldPath;
  readonly name: string;
  readonly isRequired: boolean;
}
