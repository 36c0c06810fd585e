import { createContext, useContext, type ComponentType } from 'react';
import type { FieldPath } from './field-path';
import type { FieldProps } from './field-props';
import type { FormSchema } from './form-schema';

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

export interface OptionPage {
  readonly options: readonly Option[];
  readonly nextCursor?: string | null;
}

/** What is asked to list the values of a field. */
export interface OptionsRequest {
  readonly field: string;
  /** The whole config as the form holds it. */
  readonly values: unknown;
  readonly search: string;
  readonly cursor?: string;
  readonly signal: AbortSignal;
}

/** A path that a template may use. */
export interface TemplatePath {
  readonly path: string;
  readonly type: string;
  readonly description?: string | null;
}

/** What every field of a form needs, however deep it lies. */
export interface FormContextValue {
  readonly root: FormSchema;
  readonly config: unknown;
  /** Paths of the secrets that the server holds: `auth.token`. */
  readonly storedSecrets: ReadonlySet<string>;
  /** By path: what the server said of a field. */
  readonly errors: ReadonlyMap<string, string>;
  readonly templatePaths: readonly TemplatePath[];
  /** Changes with what the options depend on beside the config: the provider, the connection. */
  readonly optionsKey: string;
  readonly loadOptions: (request: OptionsRequest) => Promise<OptionPage>;
  /** The field that fits a schema, for fields that hold others. */
  readonly Field: ComponentType<FieldProps>;
  readonly change: (path: FieldPath, value: unknown) => void;
}

const FormContext = createContext<FormContextValue | null>(null);

export const FormContextProvider = FormContext.Provider;

export function useFormContext(): FormContextValue {
  const context = useContext(FormContext);
  if (!context) throw new Error('A field stands in a <SchemaForm>');
  return context;
}
