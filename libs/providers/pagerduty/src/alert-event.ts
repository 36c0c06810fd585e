import { createHash } from 'node:crypto';
import { cutText, patternMatches } from '@nest-integrations/common';
import {
  plainValuesOf,
  Template,
  templateScopeOf,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { PagerDutyConfig, Severity } from './pagerduty-config.js';
import { severityOf } from './severity.js';

export type AlertAction = 'trigger' | 'acknowledge' | 'resolve';

/** The body of `POST /v2/enqueue`, without its key. https://developer.pagerduty.com/docs/send-alert-event */
export interface AlertEvent {
  readonly event_action: AlertAction;
  readonly dedup_key: string;
  readonly client?: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: Severity;
    readonly timestamp: string;
    readonly component?: string;
    readonly group?: string;
    readonly class: string;
    readonly custom_details?: unknown;
  };
}

type Context = Pick<DeliveryContext<PagerDutyConfig>, 'event' | 'subscription' | 'thread'>;

const TEMPLATES = [
  'dedupKey',
  'summary',
  'source',
  'severity',
  'component',
  'group',
  'class',
  'link',
] as const;
type TemplateName = (typeof TEMPLATES)[number];

/** PagerDuty's own bounds. */
const MAX_KEY = 255;
const MAX_SUMMARY = 1_024;
const MAX_EVENT_BYTES = 512 * 1_024;
/** Of that, left for all but the details. */
const FRAME_BYTES = 16 * 1_024;

/** The templates of a config, read once. */
export class AlertWriter {
  private readonly templates: ReadonlyMap<TemplateName, Template>;

  /** @throws TemplateError */
  constructor(private readonly config: PagerDutyConfig) {
    this.templates = new Map(
      TEMPLATES.flatMap((name): [TemplateName, Template][] => {
        const source = config[name];
        return source === undefined ? [] : [[name, Template.compile(source, 'text')]];
      }),
    );
  }

  /** @throws TemplateError; NoAlertError where it is not known which alert the event is about */
  write(context: Context): AlertEvent {
    const scope = templateScopeOf(context);
    const texts = new Map<TemplateName, string>();
    for (const [name, template] of this.templates) {
      const text = template.render(scope).trim();
      if (text !== '') texts.set(name, text);
    }
    const action = this.actionOf(context.event.type);
    const dedupKey = texts.get('dedupKey') ?? context.thread?.key;
    if (action !== 'trigger' && dedupKey === undefined) throw new NoAlertError(action);
    const known = {
      event_action: action,
      dedup_key: bounded(dedupKey ?? context.event.id),
    };
    return action === 'trigger' ? { ...known, ...this.alertOf(context, texts) } : known;
  }

  private actionOf(type: string): AlertAction {
    const { resolveOn, acknowledgeOn } = this.config;
    if (resolveOn.some((pattern) => patternMatches(pattern, type))) return 'resolve';
    return acknowledgeOn.some((pattern) => patternMatches(pattern, type))
      ? 'acknowledge'
      : 'trigger';
  }

  private alertOf(
    { event, subscription }: Context,
    texts: ReadonlyMap<TemplateName, string>,
  ): Pick<AlertEvent, 'client' | 'links' | 'payload'> {
    const { severities: own, defaultSeverity: otherwise } = this.config;
    const [component, group, link] = [
      texts.get('component'),
      texts.get('group'),
      texts.get('link'),
    ];
    return {
      client: subscription.name,
      ...(link !== undefined && isWebUrl(link) && { links: [{ href: link, text: event.type }] }),
      payload: {
        summary: cutText(texts.get('summary') ?? summaryOf(event), MAX_SUMMARY),
        source: texts.get('source') ?? subscription.name,
        severity: severityOf(texts.get('severity') ?? '', { own, otherwise }),
        timestamp: event.occurredAt,
        ...(component !== undefined && { component }),
        ...(group !== undefined && { group }),
        class: texts.get('class') ?? event.type,
        custom_details: detailsOf(event),
      },
    };
  }
}

/** An event that acknowledges or resolves, and does not say what. */
export class NoAlertError extends Error {
  constructor(action: AlertAction) {
    super(
      `It is to ${action} an alert, and has no deduplication key to know it by: give the subscription one, or a thread key`,
    );
    this.name = 'NoAlertError';
  }
}

function summaryOf({ type, payload }: Context['event']): string {
  const values = plainValuesOf(payload).map(([name, value]) => `${name}: ${value}`);
  return [type, ...values].join(' · ');
}

/** A long key stays itself: cut off, two alerts might become one. */
function bounded(key: string): string {
  if (key.length <= MAX_KEY) return key;
  return createHash('sha256').update(key).digest('hex');
}

function detailsOf({ payload, payloadJson }: Context['event']): unknown {
  if (Buffer.byteLength(payloadJson) <= MAX_EVENT_BYTES - FRAME_BYTES) return payload;
  return { note: 'The event is too large for PagerDuty; its details were left out' };
}

function isWebUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}
