import type { Subscription } from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { toSubscriptionDto } from './subscription.dto.js';

const at = new Date('2026-01-31T12:00:00.000Z');
const subscription: Subscription = {
  id: '0198c5e2-7a7e-7000-8000-000000000000',
  tenant: null,
  name: 'On-call',
  description: null,
  eventTypes: ['incident.*'],
  provider: 'webhook',
  config: { url: 'https://example.com' },
  configVersion: 1,
  configProblem: null,
  configSecrets: ['auth.token'],
  connectionId: null,
  filter: null,
  retryPolicy: 'default',
  timeoutMs: null,
  limits: { maxConcurrency: 2 },
  ordering: { key: 'incident.id' },
  threadKey: null,
  transform: '(event) => event.payload',
  circuit: 'closed',
  state: 'disabled',
  failingSince: at,
  enabled: false,
  disabledReason: 'gone',
  disabledAt: at,
  signingSecrets: [{ id: 's1', kind: 'hmac', publicKey: null, expiresAt: null }],
  revision: 3,
  createdAt: at,
  updatedAt: at,
};

describe('toSubscriptionDto', () => {
  it('shows every field, times as ISO 8601', () => {
    const time = '2026-01-31T12:00:00.000Z';
    expect(toSubscriptionDto(subscription)).toEqual({
      ...subscription,
      failingSince: time,
      disabledAt: time,
      createdAt: time,
      updatedAt: time,
    });
  });

  it('lets nothing out that it does not name', () => {
    const withMore = {
      ...subscription,
      sealedConfig: 'ciphertext',
      signingSecrets: subscription.signingSecrets.map((info) => ({ ...info, secret: 'whsec_x' })),
    };
    expect(toSubscriptionDto(withMore)).toEqual(toSubscriptionDto(subscription));
  });
});
