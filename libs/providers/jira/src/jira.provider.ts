import { patternMatches } from '@nest-integrations/common';
import {
  delivered,
  IntegrationProvider,
  OptionsFor,
  versioned,
  type ConnectionContext,
  type ConnectionTest,
  type DeliveryContext,
  type DeliveryOutcome,
  type DeliveryProvider,
  type Option,
  type OptionPage,
  type OptionsContext,
} from '@nest-integrations/core';
import { z } from 'zod';
import { issueLabel } from './issue-label.js';
import { JiraApi } from './jira-api.js';
import { jiraConfig, jiraConnection, type JiraConfig, type JiraConnection } from './jira-config.js';
import { jiraDocumentation } from './jira-documentation.js';
import { JiraError } from './jira-error.js';
import { JiraFields } from './jira-fields.js';
import { GONE, JiraIssues } from './jira-issues.js';
import type { IssuePlace } from './jira-metadata.js';
import {
  fieldOptions,
  issueTypeOptions,
  priorityOptions,
  projectOptions,
  statusOptions,
} from './jira-options.js';
import { JiraWriter } from './jira-writer.js';

type Context = DeliveryContext<JiraConfig, JiraConnection>;
type AskedFor = OptionsContext<JiraConnection>;

/** What one attempt works with. */
interface Work {
  readonly context: Context;
  readonly api: JiraApi;
  readonly issues: JiraIssues;
  readonly writer: JiraWriter;
}

const account = z.looseObject({ displayName: z.string() });
const ISSUE_KEY = /^[A-Z][A-Z0-9_]+-\d+$/;

/** Makes an issue of an event; later events of a thread comment on it, change it, transition it. */
@IntegrationProvider({
  id: 'jira',
  displayName: 'Jira',
  description: 'Opens an issue for each event; events of one thread go on in its issue.',
  icon: 'jira',
  threads: true,
  config: versioned(1, jiraConfig),
  connection: versioned(1, jiraConnection),
  documentation: jiraDocumentation,
})
export class JiraProvider implements DeliveryProvider<JiraConfig, JiraConnection> {
  private readonly writers = new WeakMap<JiraConfig, JiraWriter>();
  private readonly fields = new JiraFields();

  async deliver(context: Context): Promise<DeliveryOutcome> {
    const { http, connection, config, thread } = context;
    try {
      const api = new JiraApi(http, connection);
      const writer = this.writerOf(config);
      const work = { context, api, issues: new JiraIssues(api), writer };
      const open = thread?.externalId ?? '';
      if (!ISSUE_KEY.test(open)) return await this.open(work);
      return (await this.goOn(open, work)) ?? { ...(await this.open(work)), reopensThread: true };
    } catch (error) {
      if (error instanceof JiraError) {
        // It may name a field that was changed meanwhile.
        if (error.outcome.kind === 'rejected') this.fields.forget(config);
        return error.outcome;
      }
      throw error;
    }
  }

  async testConnection({
    connection,
    http,
  }: ConnectionContext<JiraConnection>): Promise<ConnectionTest> {
    const { displayName } = await new JiraApi(http, connection).ask('/myself', account);
    return { ok: true, message: `Signed in as ${displayName}` };
  }

  @OptionsFor('projectKey', { searchable: true })
  projects(context: AskedFor): Promise<OptionPage> {
    return projectOptions(apiFor(context), context);
  }

  @OptionsFor('issueTypeId', { dependsOn: ['projectKey'] })
  issueTypes(context: AskedFor): Promise<Option[]> {
    return issueTypeOptions(apiFor(context), placeIn(context).projectKey);
  }

  @OptionsFor('priorityId', { dependsOn: ['projectKey', 'issueTypeId'] })
  priorities(context: AskedFor): Promise<Option[]> {
    return priorityOptions(apiFor(context), placeIn(context));
  }

  @OptionsFor('fields.fieldId', { dependsOn: ['projectKey', 'issueTypeId'] })
  otherFields(context: AskedFor): Promise<Option[]> {
    return fieldOptions(apiFor(context), placeIn(context));
  }

  @OptionsFor('transitions.to', { dependsOn: ['projectKey', 'issueTypeId'] })
  statuses(context: AskedFor): Promise<Option[]> {
    return statusOptions(apiFor(context), placeIn(context));
  }

  private async open(work: Work) {
    const { api, issues, context } = work;
    const { config, delivery, event, subscription } = context;
    const label = config.deduplicate === 'by-label' ? issueLabel(event.id, subscription.id) : null;
    const known =
      label !== null && delivery.attempt > 1 ? await issues.labelled(label, config) : null;
    if (known !== null) {
      context.note(`${known} was found by its label: an earlier attempt made it`);
    }
    const key =
      known ??
      (await issues.create({
        project: { key: config.projectKey },
        issuetype: { id: config.issueTypeId },
        ...(await this.contentOf(work)),
        ...labelled(label === null ? config.labels : [...config.labels, label]),
      }));
    return delivered({ externalId: key, externalUrl: api.linkTo(key) });
  }

  /** Null: the issue is gone. */
  private async goOn(key: string, work: Work): Promise<DeliveryOutcome | null> {
    const { api, issues, context } = work;
    const { config, event } = context;
    const result = await this.join(key, work);
    if (result === GONE) return null;
    const transition = config.transitions.find(({ eventType }) =>
      patternMatches(eventType, event.type),
    );
    if (transition && (await issues.transition(key, transition.to)) === GONE) return null;
    const focus = result === null ? '' : `?focusedCommentId=${encodeURIComponent(result)}`;
    return delivered({ externalId: key, externalUrl: api.linkTo(key) + focus });
  }

  /** A comment's id; null: none was made. */
  private async join(key: string, work: Work): Promise<string | typeof GONE | null> {
    const { api, issues, writer, context } = work;
    const { config, delivery, event, subscription } = context;
    if (config.thread === 'leave') return null;
    if (config.thread === 'update') {
      const updated = await issues.update(key, await this.contentOf(work));
      return updated === GONE ? GONE : null;
    }
    const body = writer.comment(context, api.edition);
    if (body === null) return null;
    const origin = { eventId: event.id, subscriptionId: subscription.id };
    const known = delivery.attempt > 1 ? await issues.commentOf(key, origin) : null;
    return known ?? issues.comment(key, { body, origin });
  }

  /** What an event says of its issue. */
  private async contentOf({ api, writer, context }: Work): Promise<object> {
    const { config } = context;
    const description = writer.description(context, api.edition);
    return {
      summary: writer.summary(context),
      ...(description !== null && { description }),
      ...(config.priorityId !== undefined && { priority: { id: config.priorityId } }),
      ...(await this.fields.valuesOf(writer.fields(context), { config, api })),
    };
  }

  private writerOf(config: JiraConfig): JiraWriter {
    let writer = this.writers.get(config);
    if (!writer) this.writers.set(config, (writer = new JiraWriter(config)));
    return writer;
  }
}

/** Left out where there are none: the field may be on no screen. */
function labelled(labels: readonly string[]): { labels?: readonly string[] } {
  return labels.length === 0 ? {} : { labels };
}

function apiFor({ connection, http }: AskedFor): JiraApi {
  return new JiraApi(http, connection);
}

function placeIn({ values }: AskedFor): IssuePlace {
  return { projectKey: values['projectKey'] ?? '', issueTypeId: values['issueTypeId'] ?? '' };
}
