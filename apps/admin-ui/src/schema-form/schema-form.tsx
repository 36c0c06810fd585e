import { Stack } from '@mantine/core';
import { useMemo } from 'react';
import { changedConfig } from './changed-config';
import {
  FormContextProvider,
  type OptionPage,
  type OptionsRequest,
  type TemplatePath,
} from './form-context';
import type { FormSchema } from './form-schema';
import { SchemaField } from './schema-field';

export interface FieldError {
  /** `config.auth.token`, with the prefix of the form. */
  readonly field: string;
  readonly message: string;
}

export interface SchemaFormProps {
  readonly schema: FormSchema;
  readonly config: unknown;
  readonly onChange: (config: unknown) => void;
  readonly errors?: readonly FieldError[];
  /** What stands before a path in the server's problems. */
  readonly errorPrefix?: string;
  readonly storedSecrets?: readonly string[];
  readonly templatePaths?: readonly TemplatePath[];
  readonly optionsKey?: string;
  readonly loadOptions?: (request: OptionsRequest) => Promise<OptionPage>;
}

/** A form made from a provider's JSON Schema: what it holds, and what may be chosen, the caller knows. */
export function SchemaForm({
  schema,
  config,
  onChange,
  errors = [],
  errorPrefix = 'config',
  storedSecrets = NONE,
  templatePaths = [],
  optionsKey = '',
  loadOptions = noOptions,
}: SchemaFormProps) {
  const context = useMemo(
    () => ({
      root: schema,
      config,
      storedSecrets: new Set(storedSecrets),
      errors: errorsByPath(errors, errorPrefix),
      templatePaths,
      optionsKey,
      loadOptions,
      Field: SchemaField,
      change: (path: readonly (string | number)[], value: unknown) =>
        onChange(changedConfig(schema, config, { path, value })),
    }),
    [
      schema,
      config,
      onChange,
      errors,
      errorPrefix,
      storedSecrets,
      templatePaths,
      optionsKey,
      loadOptions,
    ],
  );
  return (
    <FormContextProvider value={context}>
      <Stack gap="md">
        <SchemaField schema={schema} path={[]} name="" isRequired />
      </Stack>
    </FormContextProvider>
  );
}

const NONE: readonly string[] = [];

function noOptions(): Promise<OptionPage> {
  return Promise.resolve({ options: [] });
}

function errorsByPath(errors: readonly FieldError[], prefix: string): Map<string, string> {
  const byPath = new Map<string, string>();
  for (const { field, message } of errors) {
    if (field !== prefix && !field.startsWith(`${prefix}.`)) continue;
    const path = field.slice(prefix.length + 1);
    const before = byPath.get(path);
    byPath.set(path, before === undefined ? message : `${before}; ${message}`);
  }
  return byPath;
}
