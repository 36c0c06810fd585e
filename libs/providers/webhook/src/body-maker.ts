import {
  Template,
  TemplateError,
  templateScopeOf,
  type DeliveryContext,
} from '@nest-integrations/core';
import type { WebhookConfig } from './webhook-config.js';

type Rendering = Pick<DeliveryContext<WebhookConfig>, 'event' | 'subscription'>;

export type Body =
  { readonly ok: true; readonly body: string } | { readonly ok: false; readonly reason: string };

/** Reads the body's template once, for many events; escaped for what it is sent as. */
export function compileBody({
  template = '',
  contentType,
}: WebhookConfig): (context: Rendering) => Body {
  let compiled: Template;
  try {
    compiled = Template.compile(template, contentType);
  } catch (error) {
    const refused = refusal(error);
    return () => refused;
  }
  return (context) => {
    try {
      return { ok: true, body: compiled.render(templateScopeOf(context)) };
    } catch (error) {
      return refusal(error);
    }
  };
}

function refusal(error: unknown): Body {
  if (!(error instanceof TemplateError)) throw error;
  return { ok: false, reason: `The body can’t be made for this event: ${error.message}` };
}
