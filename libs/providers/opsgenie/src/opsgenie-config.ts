import { EVENT_PATTERN_FORM, secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** An API integration of a team. Version 1. */
export const opsgenieConnection = z.strictObject({
  apiKey: ui(
    secret(z.string().min(8).max(200)).describe(
      'Of an API integration, which may create and update alerts. A key of the account may not.',
    ),
    { title: 'API key' },
  ),
  region: z
    .enum(['us', 'eu', 'jira-service-management'])
    .default('us')
    .describe('Where the account is: Opsgenie in the US or the EU, or Jira Service Management.'),
});

export type OpsgenieConnection = z.output<typeof opsgenieConnection>;

export const PRIORITIES = ['P1', 'P2', 'P3', 'P4', 'P5'] as const;
export type Priority = (typeof PRIORITIES)[number];

const eventPatterns = z
  .array(
    z
      .string()
      .regex(EVENT_PATTERN_FORM, 'must be an event type, like incident.resolved, or incident.*'),
  )
  .max(50)
  .default([]);

/** What alerts look like, and which events end them. Version 1. */
export const opsgenieConfig = z.strictObject({
  alias: ui(
    z
      .string()
      .max(500)
      .optional()
      .describe(
        'What the events of one alert have in common, like {{ payload.incident.id }}. Left out: the subscription’s thread key; else each event is an alert of its own.',
      ),
    { title: 'Alias', template: 'text', placeholder: '{{ payload.incident.id }}' },
  ),
  acknowledgeOn: ui(
    eventPatterns.describe('Events that acknowledge the alert: types, or incident.*'),
    { title: 'Acknowledge on' },
  ),
  closeOn: ui(eventPatterns.describe('Events that close the alert. All others create it.'), {
    title: 'Close on',
  }),
  message: ui(
    z
      .string()
      .max(1_000)
      .optional()
      .describe('What the alert is called. Left out: the type of the event and its values.'),
    { title: 'Message', template: 'text' },
  ),
  description: ui(
    z.string().max(20_000).optional().describe('What there is to know. Left out: nothing.'),
    { title: 'Description', multiline: true, template: 'text' },
  ),
  priority: ui(
    z
      .string()
      .max(500)
      .optional()
      .describe(
        'Where the event says how bad it is: P1 to P5. Words like critical, high, low are understood.',
      ),
    { title: 'Priority', template: 'text', placeholder: '{{ payload.incident.severity }}' },
  ),
  priorities: ui(
    z
      .record(z.string().min(1).max(100), z.enum(PRIORITIES))
      .default({})
      .describe('What further words of yours mean: { "sev-1": "P1" }.'),
    { title: 'Words of priority' },
  ),
  defaultPriority: ui(
    z.enum(PRIORITIES).default('P3').describe('Where the event does not say, or by no word known.'),
    { title: 'Otherwise' },
  ),
  entity: ui(z.string().max(500).optional().describe('What is affected.'), {
    title: 'Entity',
    template: 'text',
  }),
  tags: z.array(z.string().min(1).max(50)).max(20).default([]).describe('Shown on the alert.'),
  responders: z
    .array(
      z.strictObject({
        type: z.enum(['team', 'user', 'escalation', 'schedule']),
        name: z.string().min(1).max(200).describe('Of a user: the e-mail address.'),
      }),
    )
    .max(50)
    .default([])
    .describe('Who is told. Left out: as the integration says.'),
});

export type OpsgenieConfig = z.output<typeof opsgenieConfig>;
