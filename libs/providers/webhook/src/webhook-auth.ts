import { secret, ui } from '@nest-integrations/common';
import type { ClientCredentialsClient } from '@nest-integrations/core';
import { z } from 'zod';
import { headerName } from './header-fields.js';

const token = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[\x20-\x7e]+$/, 'must be printable ASCII');

/** How a request proves who sends it, beside its signature. */
export const webhookAuth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('bearer'),
    token: secret(token.describe('Sent as Authorization: Bearer ….')),
  }),
  z.strictObject({
    type: z.literal('basic'),
    username: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^:\r\n]+$/, 'must not contain a colon'),
    password: secret(z.string().min(1).max(4_096)),
  }),
  z.strictObject({
    type: z.literal('header'),
    name: headerName.describe('Name of the header that carries the key.'),
    value: secret(token),
  }),
  z.strictObject({
    type: z.literal('oauth2'),
    tokenUrl: ui(
      z
        .url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' })
        .max(2_048)
        .refine((url) => !hasCredentials(url), 'must not carry credentials; use clientSecret')
        .describe('Where access tokens are got by client credentials.'),
      { title: 'Token URL', placeholder: 'https://id.example.com/token', destination: 'url' },
    ),
    clientId: ui(z.string().min(1).max(512), { title: 'Client ID' }),
    clientSecret: secret(z.string().min(1).max(4_096)),
    scope: z.string().max(2_048).optional().describe('Scopes, by spaces.'),
    audience: z.string().max(2_048).optional(),
    authMethod: z
      .enum(['basic', 'body'])
      .default('basic')
      .describe('Whether the client shows its secret in the header or in the form.'),
  }),
]);

export type WebhookAuth = z.output<typeof webhookAuth>;

/** The header, in lower case, that an auth mode sets itself. */
export function authHeaderName(auth: WebhookAuth): string | null {
  switch (auth.type) {
    case 'none':
      return null;
    case 'header':
      return auth.name.toLowerCase();
    case 'bearer':
    case 'basic':
    case 'oauth2':
      return 'authorization';
  }
}

/** Null: requests prove who sends them otherwise. */
export function oauthClientOf(auth: WebhookAuth): ClientCredentialsClient | null {
  if (auth.type !== 'oauth2') return null;
  const { tokenUrl, clientId, clientSecret, authMethod, scope, audience } = auth;
  const scopes = (scope ?? '').split(/\s+/).filter((each) => each !== '');
  return {
    grant: 'client-credentials',
    tokenUrl,
    clientId,
    clientSecret,
    clientAuth: authMethod,
    scopes,
    ...(audience !== undefined && { tokenParameters: { audience } }),
  };
}

/** What can be told without asking anyone; OAuth 2 needs a token first. */
export function staticAuthHeaders(auth: WebhookAuth): Record<string, string> {
  switch (auth.type) {
    case 'bearer':
      return { authorization: `Bearer ${auth.token}` };
    case 'basic':
      return { authorization: `Basic ${basicPair(auth.username, auth.password)}` };
    case 'header':
      return { [auth.name.toLowerCase()]: auth.value };
    case 'oauth2':
    case 'none':
      return {};
  }
}

/** Secrets that the config does not hold as they are sent: a receiver may echo them. */
export function derivedSecrets(auth: WebhookAuth): readonly string[] {
  return auth.type === 'basic' ? [basicPair(auth.username, auth.password)] : [];
}

/** RFC 7617 §2. */
export function basicPair(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

export function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
