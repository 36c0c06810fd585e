import { createHash } from 'node:crypto';
import { cutText, patternMatches } from '@nest-integrations/common';
import {
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { OpsgenieConfig } from './opsgenie-config.js';
import { priorityOf } from './priority.js';

export type AlertAction = 'create' | 'acknowledge' | 'close';

/** One request of the Alert API. https://docs.opsgenie.com/docs/alert-api */
export interface AlertRequest {
  readonly action: AlertAction;
  readonly alias: string;
  readonly body: object;
}

type Context = Pick<DeliveryContext<OpsgenieConfig>, 'event' | 'subscription' | 'thread'>;

const TEMPLATES = ['alias', 'message', 'description', 'priority', 'entity'] as const;
type TemplateName = (typeof TEMPLATES)[number];

/** Opsgenie's own bounds. */
const MAX_ALIAS = 512;
const MAX_MESSAGE = 130;
const MAX_DESCRIPTION = 15_000;
const MAX_ENTITY = 512;
const MAX_SOURCE = 100;
const MAX_DETAILS = 20;
const MAX_DETAIL = 300;

/** The templates of a config, read once. */
export class AlertWriter {
  private readonly templates: ReadonlyMap<TemplateName, Template>;

  /** @throws TemplateError */
  constructor(private readonly config: OpsgenieConfig) {
    this.templates = new Map(
      TEMPLATES.flatMap((name): [TemplateName, Template][] => {
        const source = config[name];
        return source === undefined ? [] : [[name, Template.compile(source, 'text')]];
      }),
    );
  }

  /** @throws TemplateError; NoAlertError where it is not known which alert the event is about */
  write(context: Context): AlertRequest {
    const { event, subscription, thread } = context;
    const scope = templateScopeOf(context);
    const texts = new Map<TemplateName, string>();
    for (const [name, template] of this.templates) {
      const text = template.render(scope).trim();
      if (text !== '') texts.set(name, text);
    }
    const action = this.actionOf(event.type);
    const known = texts.get('alias') ?? thread?.key;
    if (action !== 'create' && known === undefined) throw new NoAlertError(action);
    const alias = bounded(known ?? event.id);
    const source = cutText(subscription.name, MAX_SOURCE);
    return action === 'create'
      ? { action, alias, body: { alias, source, ...this.alertOf(event, texts) } }
      : { action, alias, body: { source, note: event.type } };
  }

  private actionOf(type: string): AlertAction {
    const { closeOn, acknowledgeOn } = this.config;
    if (closeOn.some((pattern) => patternMatches(pattern, type))) return 'close';
    return acknowledgeOn.some((pattern) => patternMatches(pattern, type))
      ? 'acknowledge'
      : 'create';
  }

  private alertOf(event: Context['event'], texts: ReadonlyMap<TemplateName, string>): object {
    const { priorities: own, defaultPriority: otherwise, tags, responders } = this.config;
    const [description, entity] = [texts.get('description'), texts.get('entity')];
    return {
      message: cutText(texts.get('message') ?? messageOf(event), MAX_MESSAGE),
      priority: priorityOf(texts.get('priority') ?? '', { own, otherwise }),
      details: detailsOf(event),
      ...(description !== undefined && { description: cutText(description, MAX_DESCRIPTION) }),
      ...(entity !== undefined && { entity: cutText(entity, MAX_ENTITY) }),
      ...(tags.length > 0 && { tags }),
      ...(responders.length > 0 && { responders: responders.map(responderOf) }),
    };
  }
}

/** An event that acknowledges or closes, and does not say what. */
export class NoAlertError extends Error {
  constructor(action: AlertAction) {
    super(
      `It is to ${action} an alert, and has no alias to know it by: give the subscription one, or a thread key`,
    );
    this.name = 'NoAlertError';
  }
}

function responderOf({ type, name }: OpsgenieConfig['responders'][number]): object {
  return type === 'user' ? { type, username: name } : { type, name };
}

function messageOf({ type, payload }: Context['event']): string {
  return [type, ...plainValuesOf(payload).map(([name, value]) => `${name}: ${value}`)].join(' · ');
}

function detailsOf({ id, type, occurredAt, payload }: Context['event']): Record<string, string> {
  const values = plainValuesOf(payload, MAX_DETAILS);
  return {
    ...Object.fromEntries(values.map(([name, value]) => [name, cutText(value, MAX_DETAIL)])),
    'event id': id,
    'event type': type,
    'occurred at': occurredAt,
  };
}

/** A long alias stays itself: cut off, two alerts might become one. */
function bounded(alias: string): string {
  if (alias.length <= MAX_ALIAS) return alias;
  return createHash('sha256').update(alias).digest('hex');
}
