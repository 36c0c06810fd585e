import {
  Accordion,
  Alert,
  Button,
  Group,
  Input,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { Editor } from '../code-editor/editor';
import { answer, api } from '../api/client';
import { keys } from '../api/query-keys';
import { ProblemError } from '../api/problem';
import type { EventType, Provider, Subscription } from '../api/types';
import { BusyButton } from '../parts/busy-button';
import { ChangedMeanwhile } from '../parts/changed-meanwhile';
import { LeaveGuard } from '../parts/leave-guard';
import { ProblemAlert } from '../parts/problem-alert';
import { useEdited } from '../parts/use-edited';
import { withoutChosenOptions } from '../schema-form/changed-config';
import { SchemaForm } from '../schema-form/schema-form';
import { EventTypePicker } from '../subscription-form/event-type-picker';
import { FilterBuilder } from '../subscription-form/filter-builder';
import { RetryPolicyField } from '../subscription-form/retry-policy-field';
import { TemplateEditor } from '../template-editor/template-editor';
import { ConnectionField } from './connection-field';
import { DraftPreview } from './draft-preview';
import { FilterMatches } from './filter-matches';
import { FormSection } from './form-section';
import { LimitsFields } from './limits-fields';
import { ProviderPicker } from '../parts/provider-picker';
import {
  draftOf,
  keepable,
  missingIn,
  requestOf,
  schemaOf,
  withProvider,
  type SubscriptionDraft,
} from './subscription-draft';
import { useEventPaths } from './use-event-paths';
import { useKeptDraft } from './use-kept-draft';
import { useProviderOptions } from './use-provider-options';
import classes from './subscription-form.module.css';

interface SubscriptionFormProps {
  /** The one that is changed; `null`: a new one is made. */
  readonly stored: Subscription | null;
  readonly initial: SubscriptionDraft;
  readonly providers: readonly Provider[];
  readonly eventTypes: readonly EventType[];
}

/** All of a subscription on one page; nothing is stored, sent or called until a button says so. */
export function SubscriptionForm({
  stored,
  initial,
  providers,
  eventTypes,
}: SubscriptionFormProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const kept = useKeptDraft(stored?.id ?? 'new');
  const [isBack, setBack] = useState(kept.found !== null);
  const edited = useEdited({ revision: stored?.revision ?? 0, initial }, kept.found);
  const { draft, setDraft, begun, isDirty } = edited;
  const isSaved = useRef(false);
  const provider = providers.find(({ id }) => id === draft.provider) ?? null;
  const change = useCallback(
    (part: Partial<SubscriptionDraft>) => setDraft((before) => ({ ...before, ...part })),
    [setDraft],
  );
  const changeConfig = useCallback((config: unknown) => change({ config }), [change]);
  const { paths, properties } = useEventPaths(draft.eventTypes, eventTypes);
  const loadOptions = useProviderOptions(draft.provider, draft.connectionId);

  useEffect(() => {
    if (isDirty) kept.keep({ begun, draft: keepable(draft, provider) });
    else kept.forget();
  }, [kept, begun, draft, provider, isDirty]);

  const save = useMutation({
    mutationFn: async () => {
      if (!provider) {
        throw new ProblemError(422, 'Invalid input', 'Something is missing:', missingIn(draft));
      }
      const body = requestOf(draft, provider);
      return stored
        ? answer(
            api.PATCH('/subscriptions/{id}', {
              params: { path: { id: stored.id } },
              body: { ...body, revision: begun.revision },
            }),
          )
        : answer(api.POST('/subscriptions', { body }));
    },
    onSuccess: async (saved) => {
      const { id, name, revision } = saved;
      isSaved.current = true;
      edited.begin({ revision, initial: draftOf(saved) });
      await queries.invalidateQueries({ queryKey: ['subscriptions'] });
      notifications.show({ color: 'green', message: `“${name}” is saved.` });
      await navigate(`/subscriptions/${id}`);
    },
    onError: async (error) => {
      focusFirstError();
      if (stored && error instanceof ProblemError && error.status === 409) {
        await queries.invalidateQueries({ queryKey: keys.subscription(stored.id) });
      }
    },
  });
  const problems = save.error instanceof ProblemError ? save.error.fields : [];
  const errorAt = (field: string) =>
    problems.find((problem) => problem.field === field)?.message ??
    problems.find((problem) => problem.field.startsWith(`${field}[`))?.message;

  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <LeaveGuard isDirty={isDirty} isSaved={isSaved} onDiscard={kept.forget} />
      <Stack gap="md" className={classes.fields}>
        {isBack && (
          <Alert color="blue" title="What you typed before is here again" withCloseButton={false}>
            <Group justify="space-between">
              <span>Secrets are not kept: type them once more.</span>
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  setBack(false);
                  edited.takeTheirs();
                }}
              >
                Begin anew
              </Button>
            </Group>
          </Alert>
        )}
        <FormSection title="Name">
          <TextInput
            label="Name"
            placeholder="On-call webhook"
            required
            maxLength={200}
            value={draft.name}
            error={errorAt('name')}
            onChange={({ currentTarget: { value } }) => change({ name: value })}
          />
          <Textarea
            label="Description"
            autosize
            minRows={1}
            maxRows={6}
            maxLength={2_000}
            value={draft.description}
            error={errorAt('description')}
            onChange={({ currentTarget: { value } }) => change({ description: value })}
          />
        </FormSection>
        <FormSection title="Events" description="Which of the platform’s events are sent.">
          <EventTypePicker
            eventTypes={eventTypes}
            patterns={draft.eventTypes}
            error={errorAt('eventTypes')}
            onChange={(patterns) => change({ eventTypes: patterns })}
          />
        </FormSection>
        <FormSection title="Destination" description="Where they are sent, and as whom.">
          <ProviderPicker
            providers={providers}
            chosen={draft.provider}
            onChoose={(next) => setDraft((before) => withProvider(before, next))}
          />
          {errorAt('provider') !== undefined && (
            <span className={classes.error}>{errorAt('provider')}</span>
          )}
          {provider?.connection && (
            <ConnectionField
              provider={provider}
              connectionId={draft.connectionId}
              error={errorAt('connectionId')}
              onChange={(connectionId) =>
                change({
                  connectionId,
                  config: withoutChosenOptions(schemaOf(provider), draft.config),
                })
              }
            />
          )}
        </FormSection>
        {provider && (
          <FormSection title={provider.displayName} description={provider.description}>
            <SchemaForm
              key={provider.id}
              schema={schemaOf(provider)}
              config={draft.config}
              onChange={changeConfig}
              errors={problems}
              storedSecrets={stored?.provider === provider.id ? stored.configSecrets : []}
              templatePaths={paths}
              optionsKey={`${provider.id}/${draft.connectionId ?? ''}`}
              loadOptions={loadOptions}
            />
            {provider.hasThreads && (
              <Input.Wrapper
                label="Thread key"
                labelElement="div"
                description="What belongs to the same thing has the same key: later events of it join the message or ticket that the first one opened. Empty: each stands alone."
                error={errorAt('threadKey')}
              >
                <TemplateEditor
                  label="Thread key"
                  value={draft.threadKey}
                  paths={paths}
                  placeholder="{{ payload.id }}"
                  isMultiline={false}
                  isJson={false}
                  onChange={(threadKey) => change({ threadKey })}
                />
              </Input.Wrapper>
            )}
          </FormSection>
        )}
        <FormSection title="Filter" description="Which of these events, by what is in them.">
          <FilterBuilder
            filter={draft.filter}
            properties={properties}
            error={
              errorAt('filter') ??
              problems.find(({ field }) => field.startsWith('filter.'))?.message
            }
            onChange={(filter) => change({ filter })}
          />
          <FilterMatches eventTypes={draft.eventTypes} filter={draft.filter} />
        </FormSection>
        <Accordion variant="separated" multiple keepMounted={false}>
          <Accordion.Item className={classes.more} value="retries">
            <Accordion.Control>Retries</Accordion.Control>
            <Accordion.Panel>
              <RetryPolicyField
                policy={draft.retryPolicy}
                error={errorAt('retryPolicy')}
                onChange={(retryPolicy) => change({ retryPolicy })}
              />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item className={classes.more} value="limits">
            <Accordion.Control>Limits and order</Accordion.Control>
            <Accordion.Panel>
              <LimitsFields
                draft={draft}
                onChange={change}
                errorAt={errorAt}
                hasThreadKey={draft.threadKey !== ''}
              />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item className={classes.more} value="transform">
            <Accordion.Control>Transformation</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="xs">
                <span className={classes.hint}>
                  JavaScript that makes the payload another one, in a sandbox without network or
                  clock. Return <code>null</code> to send nothing.
                </span>
                <Editor
                  label="Transformation"
                  language="javascript"
                  value={draft.transform}
                  minLines={6}
                  placeholder={'(event) => ({ ...event.payload, source: "platform" })'}
                  onChange={(transform) => change({ transform })}
                />
                {errorAt('transform') !== undefined && (
                  <span className={classes.error} role="alert">
                    {errorAt('transform')}
                  </span>
                )}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        {save.error && <ProblemAlert error={save.error} title="The subscription was not saved" />}
      </Stack>
      <aside className={classes.preview} aria-label="Preview">
        <DraftPreview draft={draft} provider={provider} stored={stored} eventTypes={eventTypes} />
      </aside>
      <div className={classes.bar}>
        {edited.isOutdated && !save.isPending && !save.isSuccess && (
          <ChangedMeanwhile edited={edited} onDecide={save.reset} />
        )}
        <Group justify="space-between" gap="xs">
          <Switch
            label={draft.enabled ? 'Enabled' : 'Disabled: nothing is sent'}
            checked={draft.enabled}
            onChange={(event) => change({ enabled: event.currentTarget.checked })}
          />
          <Group gap="xs">
            <Button
              variant="default"
              onClick={() =>
                void navigate(stored ? `/subscriptions/${stored.id}` : '/subscriptions')
              }
            >
              Cancel
            </Button>
            <BusyButton type="submit" busy={save.isPending} disabled={stored !== null && !isDirty}>
              {stored ? 'Save' : 'Create subscription'}
            </BusyButton>
          </Group>
        </Group>
      </div>
    </form>
  );
}

/** What is wrong comes into view, and under the fingers. */
function focusFirstError(): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>('form [aria-invalid="true"]');
    const place = field ?? document.querySelector<HTMLElement>('form [role="alert"]');
    place?.scrollIntoView({ block: 'center' });
    field?.focus({ preventScroll: true });
  });
}
