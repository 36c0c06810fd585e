import { secret, ui } from '@nest-integrations/common';
import { z } from 'zod';
import { templateProblem } from './body-template.js';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_HEADER =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|accept-encoding|proxy-.*|webhook-(id|timestamp|signature))$/i;

const headerName = z
  .string()
  .regex(HEADER_NAME, 'must be a header name, like X-Team')
  .refine((name) => !FORBIDDEN_HEADER.test(name), 'is set by the sender and can’t be given');
const headerValue = z
  .string()
  .max(4_096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of printable characters');
const token = secret(
  z
    .string()
    .min(1)
    .max(4_096)
    .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'),
);

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('bearer'), token }),
  z.strictObject({
    type: z.literal('basic'),
    username: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^:\r\n]+$/, 'must not contain a colon'),
    password: secret(z.string().min(1).max(4_096)),
  }),
  z.strictObject({ type: z.literal('header'), name: headerName, value: token }),
  z.strictObject({
    type: z.literal('oauth2'),
    tokenUrl: z.url({ protocol: /^https?$/ }),
    clientId: z.string().min(1).max(512),
    clientSecret: secret(z.string().min(1).max(4_096)),
    scope: z.string().max(2_048).optional(),
    audience: z.string().max(2_048).optional(),
    /** How the client proves itself: in the header, or in the form. */
    authMethod: z.enum(['basic', 'body']).default('basic'),
  }),
]);

/** How a webhook subscription is set up. */
export const webhookConfig = z
  .strictObject({
    url: ui(
      z
        .url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' })
        .max(2_048)
        .refine((url) => !hasCredentials(url), 'must not carry credentials; use auth')
        .describe('Where events are sent.'),
      { title: 'URL', placeholder: 'https://example.com/hooks' },
    ),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
    headers: z
      .record(headerName, headerValue)
      .default({})
      .describe('Sent with every request, shown in logs.'),
    secretHeaders: z
      .record(headerName, secret(headerValue))
      .default({})
      .describe('Sent with every request, shown nowhere.'),
    auth: auth.default({ type: 'none' }),
    format: z
      .enum(['standard', 'cloudevents-structured', 'cloudevents-binary', 'template'])
      .default('standard')
      .describe('What the body looks like.'),
    contentType: z.enum(['json', 'form', 'text']).default('json'),
    template: ui(
      z
        .string()
        .max(65_536)
        .optional()
        .describe('Body with {{ payload.… }} in it, for the format template.'),
      { multiline: true },
    ),
    timeoutSeconds: z.number().int().min(1).max(60).default(10),
    hubSignature: z
      .boolean()
      .default(false)
      .describe('Also send X-Hub-Signature-256, for receivers made for GitHub.'),
    clientCertificate: z
      .strictObject({
        cert: ui(z.string().startsWith('-----BEGIN CERTIFICATE'), { multiline: true }),
        key: ui(secret(z.string().startsWith('-----BEGIN ')), { multiline: true }),
        passphrase: secret(z.string()).optional(),
        ca: ui(z.string().startsWith('-----BEGIN CERTIFICATE').optional(), { multiline: true }),
      })
      .optional()
      .describe('For receivers that ask for a client certificate (mTLS), in PEM.'),
  })
  .check((context) => {
    const { format, template, contentType, clientCertificate, url } = context.value;
    const refuse = (path: string, message: string) =>
      context.issues.push({ code: 'custom', input: context.value, path: [path], message });
    if (format === 'template' && !template) refuse('template', 'is needed for the format template');
    if (format !== 'template' && template)
      refuse('template', 'is used only by the format template');
    if (format.startsWith('cloudevents') && contentType !== 'json') {
      refuse('contentType', 'must be json for CloudEvents');
    }
    if (template && format === 'template') {
      const problem = templateProblem(template, contentType);
      if (problem) refuse('template', problem);
    }
    if (clientCertificate && !url.startsWith('https:')) {
      refuse('clientCertificate', 'needs an https URL');
    }
  });

export type WebhookConfig = z.output<typeof webhookConfig>;
export type WebhookAuth = WebhookConfig['auth'];

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
