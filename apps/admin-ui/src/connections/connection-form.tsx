import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { useCallback, useState } from 'react';
import { answer, api } from '../api/client';
import { ProblemError } from '../api/problem';
import type { Connection, Provider } from '../api/types';
import { ProblemAlert } from '../parts/problem-alert';
import { configToSend } from '../schema-form/config-to-send';
import type { FormSchema } from '../schema-form/form-schema';
import { initialConfig } from '../schema-form/initial-config';
import { SchemaForm } from '../schema-form/schema-form';

interface ConnectionFormProps {
  readonly provider: Provider;
  /** The one that is changed; `null`: a new one is made. */
  readonly stored: Connection | null;
  readonly onSaved: (connection: Connection) => void | Promise<void>;
  readonly onCancel: () => void;
}

/** An account of an external system: tried before it is stored, its secrets kept unless replaced. */
export function ConnectionForm({ provider, stored, onSaved, onCancel }: ConnectionFormProps) {
  const schema: FormSchema = provider.connection?.configSchema ?? {};
  const [name, setName] = useState(stored?.name ?? provider.displayName);
  const [config, setConfig] = useState<unknown>(
    () => stored?.config ?? initialConfig(schema) ?? {},
  );
  const body = () => ({ ...Object(configToSend(schema, config)) }) as Record<string, unknown>;

  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/connections/test', {
          body: {
            provider: provider.id,
            config: body(),
            ...(stored && { connectionId: stored.id }),
          },
        }),
      ),
  });
  const { reset } = test;
  const changeConfig = useCallback(
    (next: unknown) => {
      setConfig(next);
      reset();
    },
    [reset],
  );
  const save = useMutation({
    mutationFn: () =>
      stored
        ? answer(
            api.PATCH('/connections/{id}', {
              params: { path: { id: stored.id } },
              body: { name: name.trim(), config: body() },
            }),
          )
        : answer(
            api.POST('/connections', {
              body: { name: name.trim(), provider: provider.id, config: body() },
            }),
          ),
    onSuccess: onSaved,
  });
  const error = save.error ?? test.error;
  const problems = error instanceof ProblemError ? error.fields : [];

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // Opened over another form, whose own button this is not.
        event.stopPropagation();
        save.mutate();
      }}
    >
      <Stack gap="md">
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={name}
          error={problems.find(({ field }) => field === 'name')?.message}
          onChange={({ currentTarget: { value } }) => setName(value)}
          data-autofocus
        />
        <SchemaForm
          schema={schema}
          config={config}
          onChange={changeConfig}
          errors={problems}
          storedSecrets={stored?.configSecrets ?? []}
        />
        {test.data && (
          <Alert
            role="status"
            color={test.data.ok ? 'green' : 'red'}
            icon={
              test.data.ok ? (
                <CircleCheck size={18} aria-hidden />
              ) : (
                <TriangleAlert size={18} aria-hidden />
              )
            }
            title={test.data.ok ? 'It works' : 'It does not work yet'}
          >
            {test.data.message}
          </Alert>
        )}
        {error && (
          <ProblemAlert
            error={error}
            title={save.error ? 'The connection was not saved' : 'The connection was not tried'}
          />
        )}
        <Group justify="space-between" gap="xs">
          <Button variant="default" onClick={() => test.mutate()} loading={test.isPending}>
            Test
          </Button>
          <Group gap="xs">
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {stored ? 'Save' : 'Create connection'}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
