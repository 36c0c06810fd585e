import { Injectable } from '@nestjs/common';
import { TrialEvents } from '../deliveries/trial.events.js';
import { EventTypeRegistry } from '../events/event-type.registry.js';
import { TemplateError } from '../integration.error.js';
import { propertiesOf } from '../schema/property-list.js';
import { Template, unknownVariables, type TemplateTarget } from '../templates/index.js';
import type { TenantScope } from '../tenants/tenant-scope.js';

export interface TemplateDraft {
  readonly template: string;
  readonly target: TemplateTarget;
  readonly eventType?: string;
  /** A stored event; left out: the example of the type. */
  readonly eventId?: string;
  readonly subscriptionName?: string;
}

export interface TemplatePreview {
  /** `null`: it yields nothing. */
  readonly output: string | null;
  /** What it names and no such event has. */
  readonly unknownVariables: readonly { readonly path: string; readonly line: number }[];
  readonly error: { readonly message: string; readonly line: number | null } | null;
}

const DRAFT_ID = '01990000-0000-7000-8000-000000000000';

/** Renders a template that is being written. */
@Injectable()
export class TemplatePreviewer {
  constructor(
    private readonly events: TrialEvents,
    private readonly types: EventTypeRegistry,
  ) {}

  /** @throws NotFoundError, UnknownEventTypeError, InvalidInputError */
  async preview(draft: TemplateDraft, scope: TenantScope): Promise<TemplatePreview> {
    const { template: source, target, subscriptionName = 'Subscription' } = draft;
    const event = await this.events.find(draft, { eventTypes: ['*'], tenant: null }, scope);
    const { id, type, occurredAt, payload } = event;
    const properties = this.types.has(type) ? propertiesOf(this.types.payloadSchemaOf(type)) : [];
    let unknown: TemplatePreview['unknownVariables'] = [];
    try {
      const template = Template.compile(source, target);
      unknown = unknownVariables(template, properties);
      const output = template.render({
        payload,
        event: { id, type, timestamp: occurredAt },
        subscription: { id: DRAFT_ID, name: subscriptionName },
      });
      return { output, unknownVariables: unknown, error: null };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const line = /line:\s?(\d+)/.exec(error.problem)?.[1];
      return {
        output: null,
        unknownVariables: unknown,
        error: { message: error.message, line: line === undefined ? null : Number(line) },
      };
    }
  }
}
