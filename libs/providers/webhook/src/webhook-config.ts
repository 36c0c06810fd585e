import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';
import { authority, clientCertificate } from './client-certificate.js';
import { headerName, headerValue } from './header-fields.js';
import { isTemplate, urlTemplateProblem } from './url-template.js';
import { authHeaderName, hasCredentials, webhookAuth } from './webhook-auth.js';

const MAX_HEADERS = 50;
const TOO_MANY = `must be ${MAX_HEADERS} headers at most`;
const isFew = (headers: object): boolean => Object.keys(headers).length <= MAX_HEADERS;

const fields = z.strictObject({
  url: ui(
    z
      .string()
      .max(2_048)
      .check((context) => {
        const message = urlProblem(context.value);
        if (message !== null) {
          context.issues.push({ code: 'custom', input: context.value, message });
        }
      })
      .describe(
        'Where events are sent. May hold values: https://example.com/hooks/{{ payload.id }}.',
      ),
    { title: 'URL', placeholder: 'https://example.com/hooks', template: 'url', destination: 'url' },
  ),
  method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('HTTP method.'),
  headers: z
    .record(headerName, ui(headerValue, { template: 'text' }))
    .refine(isFew, TOO_MANY)
    .default({})
    .describe('Sent with every request, shown in logs. May hold values: {{ event.type }}.'),
  secretHeaders: ui(
    z
      .record(headerName, secret(headerValue))
      .refine(isFew, TOO_MANY)
      .default({})
      .describe('Sent with every request, shown nowhere.'),
    { title: 'Secret headers' },
  ),
  auth: ui(
    webhookAuth
      .default({ type: 'none' })
      .describe('How requests prove who sends them, beside the signature.'),
    { title: 'Authentication' },
  ),
  format: z
    .enum(['standard', 'cloudevents-structured', 'cloudevents-binary', 'template'])
    .default('standard')
    .describe('What the body looks like.'),
  contentType: ui(
    z.enum(['json', 'form', 'text']).default('json').describe('What the body is sent as.'),
    { title: 'Content type' },
  ),
  template: ui(
    z
      .string()
      .max(65_536)
      .optional()
      .describe(
        'Body with {{ payload.… }} in it, for the format template; of the content type that is chosen.',
      ),
    { multiline: true, template: { by: 'contentType' }, showWhen: { format: ['template'] } },
  ),
  timeoutSeconds: ui(
    z
      .number()
      .int()
      .min(1)
      .max(60)
      .default(10)
      .describe('Longest a receiver may take to answer, from 1 to 60.'),
    { title: 'Time-out (seconds)' },
  ),
  retryOnStatus: ui(
    z
      .array(z.number().int().min(300).max(599))
      .max(50)
      .default([])
      .describe(
        'Statuses that are retried whatever the retry policy says of client errors; 408, 425, 429 and 5xx always are.',
      ),
    { title: 'Also retry on' },
  ),
  hubSignature: ui(
    z
      .boolean()
      .default(false)
      .describe('Also send X-Hub-Signature-256, for receivers made for GitHub.'),
    { title: 'GitHub signature' },
  ),
  ca: authority,
  clientCertificate: ui(
    clientCertificate
      .optional()
      .describe('For receivers that ask for a client certificate (mTLS), in PEM.'),
    { title: 'Client certificate' },
  ),
});

export type WebhookConfig = z.output<typeof fields>;

/** How a webhook subscription is set up. Version 2: its body template is Liquid. */
export const webhookConfig = fields.check((context) => {
  for (const { path, message } of impossibleCombinations(context.value)) {
    context.issues.push({ code: 'custom', input: context.value, path: [...path], message });
  }
});

function urlProblem(url: string): string | null {
  if (isTemplate(url)) return urlTemplateProblem(url);
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) {
    return 'must be an absolute http or https URL';
  }
  return hasCredentials(url) ? 'must not carry credentials; use auth' : null;
}

interface Impossible {
  readonly path: readonly string[];
  readonly message: string;
}

function impossibleCombinations(config: WebhookConfig): Impossible[] {
  const problems = [...templateProblems(config), ...headerProblems(config)];
  if (config.format.startsWith('cloudevents') && config.contentType !== 'json') {
    problems.push({ path: ['contentType'], message: 'must be json for CloudEvents' });
  }
  if (config.clientCertificate && !config.url.startsWith('https:')) {
    problems.push({ path: ['clientCertificate'], message: 'needs an https URL' });
  }
  if (config.ca !== undefined && !config.url.startsWith('https:')) {
    problems.push({ path: ['ca'], message: 'needs an https URL' });
  }
  if (config.ca !== undefined && config.clientCertificate?.ca !== undefined) {
    problems.push({ path: ['ca'], message: 'is given in clientCertificate already' });
  }
  return problems;
}

function templateProblems({ format, template }: WebhookConfig): Impossible[] {
  const refuse = (message: string): Impossible[] => [{ path: ['template'], message }];
  if (format !== 'template') {
    return template ? refuse('is used only by the format template') : [];
  }
  return template ? [] : refuse('is needed for the format template');
}

/** A header that is given twice, or that the config sets by other means. */
function headerProblems(config: WebhookConfig): Impossible[] {
  const taken = takenNames(config);
  const problems: Impossible[] = [];
  for (const field of ['headers', 'secretHeaders'] as const) {
    for (const name of Object.keys(config[field])) {
      const lower = name.toLowerCase();
      const by = lower.startsWith('ce-') ? taken.get('ce-') : taken.get(lower);
      if (by !== undefined) problems.push({ path: [field, name], message: `is set by ${by}` });
      taken.set(lower, 'another header of this name');
    }
  }
  return problems;
}

function takenNames({ auth, format, hubSignature }: WebhookConfig): Map<string, string> {
  const taken = new Map<string, string>();
  const authHeader = authHeaderName(auth);
  if (authHeader !== null) taken.set(authHeader, 'auth');
  if (hubSignature) taken.set('x-hub-signature-256', 'hubSignature');
  if (format.startsWith('cloudevents')) taken.set('content-type', 'the format CloudEvents');
  if (format === 'cloudevents-binary') taken.set('ce-', 'the format CloudEvents');
  return taken;
}
