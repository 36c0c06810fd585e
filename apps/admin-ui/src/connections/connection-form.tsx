import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { answer, api } from '../api/client';
import { ProblemError } from '../api/problem';
import { keys } from '../api/query-keys';
import type { Connection, Provider } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { ChangedMeanwhile } from '../parts/changed-meanwhile';
import { LeaveGuard } from '../parts/leave-guard';
import { ProblemAlert } from '../parts/problem-alert';
import { useEdited } from '../parts/use-edited';
import { configToSend } from '../schema-form/config-to-send';
import type { FormSchema } from '../schema-form/form-schema';
import { initialConfig } from '../schema-form/initial-config';
import { SchemaForm } from '../schema-form/schema-form';

interface ConnectionFormProps {
  readonly provider: Provider;
  /** The one that is changed; `null`: a new one is made. */
  readonly stored: Connection | null;
  /** Over a page that keeps what it has, as a dialog does, nothing is asked when it closes. */
  readonly isPage?: boolean;
  readonly onSaved: (connection: Connection) => void | Promise<void>;
  readonly onCancel: () => void;
}

interface Draft {
  readonly name: string;
  readonly config: unknown;
}

/** An account of an external system: tried before it is stored, its secrets kept unless replaced. */
export function ConnectionForm(props: ConnectionFormProps) {
  const { provider, stored, isPage = false, onSaved, onCancel } = props;
  const schema: FormSchema = provider.connection?.configSchema ?? {};
  const queries = useQueryClient();
  const isSaved = useRef(false);
  const initial: Draft = stored ?? {
    name: provider.displayName,
    config: initialConfig(schema) ?? {},
  };
  const edited = useEdited<Draft>({
    revision: stored?.revision ?? 0,
    initial: { name: initial.name, config: initial.config },
  });
  const { draft, setDraft, begun, isDirty } = edited;
  const { name, config } = draft;
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
      setDraft((before) => ({ ...before, config: next }));
      reset();
    },
    [reset, setDraft],
  );
  const save = useMutation({
    mutationFn: () =>
      stored
        ? answer(
            api.PATCH('/connections/{id}', {
              params: { path: { id: stored.id } },
              body: { name: name.trim(), config: body(), revision: begun.revision },
            }),
          )
        : answer(
            api.POST('/connections', {
              body: { name: name.trim(), provider: provider.id, config: body() },
            }),
          ),
    onSuccess: (saved) => {
      // Who makes one goes to its page; who changes one stays.
      isSaved.current = stored === null;
      const { name: savedName, config: savedConfig, revision } = saved;
      edited.begin({ revision, initial: { name: savedName, config: savedConfig } });
      return onSaved(saved);
    },
    onError: async (failure) => {
      if (stored && failure instanceof ProblemError && failure.status === 409) {
        await queries.invalidateQueries({ queryKey: keys.connection(stored.id) });
      }
    },
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
      {isPage && <LeaveGuard isDirty={isDirty} isSaved={isSaved} />}
      <Stack gap="md">
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={name}
          error={problems.find(({ field }) => field === 'name')?.message}
          onChange={({ currentTarget: { value } }) =>
            setDraft((before) => ({ ...before, name: value }))
          }
          data-autofocus
        />
        <SchemaForm
          key={begun.revision}
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
        {edited.isOutdated && !save.isPending && (
          <ChangedMeanwhile edited={edited} onDecide={save.reset} />
        )}
        <Group justify="space-between" gap="xs">
          <BusyButton variant="default" onClick={() => test.mutate()} busy={test.isPending}>
            Test
          </BusyButton>
          <Group gap="xs">
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
            <BusyButton type="submit" busy={save.isPending}>
              {stored ? 'Save' : 'Create connection'}
            </BusyButton>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
