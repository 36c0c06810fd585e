import { Template, TemplateError, type TemplateScope } from '@nest-integrations/core';

export type Address =
  { readonly ok: true; readonly url: string } | { readonly ok: false; readonly reason: string };

/** Scheme, then the host: plain characters and whole expressions, up to the path. */
const FORM = /^(https?):\/\/((?:[^/?#{}\\@\s]|\{\{[^{}]*\}\})+)(?=[/?#]|$)/;
const EXPRESSION = /\{\{[^{}]*\}\}/g;
/** Values may stand for what is before a domain that is written out. */
const FIXED_DOMAIN = /\.[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?$/;
/** One part of a host: no value brings a dot of its own, nor anything else that means something. */
const LABEL = '[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?';
const DOT_SEGMENT = /^(\.|%2e){1,2}$/i;

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** Null: it can be saved. Otherwise what is wrong. What it names is judged by the event types. */
export function urlTemplateProblem(source: string): string | null {
  const host = FORM.exec(source)?.[2];
  if (host === undefined) {
    return 'must begin with http:// or https:// and a host, without credentials and tags';
  }
  if (isTemplate(host) && !FIXED_DOMAIN.test(host)) {
    return 'lets a value choose the host: values may stand only before a domain, like https://{{ payload.region }}.example.com';
  }
  return null;
}

/**
 * Reads a URL with values in it once, for many events. Values are escaped for URLs, and what comes out
 * must lead to the host that the template wrote, by the path that it wrote.
 */
export function compileUrl(source: string): (scope: TemplateScope) => Address {
  const template = Template.compile(source, 'url');
  const isHost = hostPattern(source);
  return (scope) => {
    try {
      const url = template.render(scope);
      const problem = renderedProblem(url, isHost);
      return problem === null ? { ok: true, url } : { ok: false, reason: problem };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { ok: false, reason: `The URL can’t be made for this event: ${error.message}` };
    }
  };
}

function hostPattern(source: string): RegExp {
  const [, scheme = 'https', host = ''] = FORM.exec(source) ?? [];
  const literals = host.split(EXPRESSION).map((text) => text.toLowerCase().replaceAll('.', '\\.'));
  return new RegExp(`^${scheme}://${literals.join(LABEL)}$`);
}

function renderedProblem(rendered: string, isHost: RegExp): string | null {
  if (!URL.canParse(rendered)) return 'The URL that this event’s values make is none';
  const { protocol, host } = new URL(rendered);
  const [, authority = host] = /^https?:\/\/([^/?#\\]*)/.exec(rendered.toLowerCase()) ?? [];
  if (!isHost.test(`${protocol}//${authority}`)) {
    return 'A value of this event would change the host that the URL leads to';
  }
  const [path = ''] = rendered.split(/[?#]/);
  return path.split(/[/\\]/).some((segment) => DOT_SEGMENT.test(segment))
    ? 'A value of this event would change the path that the URL leads to'
    : null;
}
