import { EVENT_PATTERN_FORM, secret, ui } from '@nest-integrations/common';
import { z } from 'zod';

/** A service of PagerDuty's, by the key of its Events API v2 integration. Version 1. */
export const pagerDutyConnection = z.strictObject({
  routingKey: ui(
    secret(
      z.string().regex(/^[A-Za-z0-9]{32}$/, 'must be the 32 characters of an integration key'),
    ).describe('Of an Events API v2 integration of the service, or of an event orchestration.'),
    { title: 'Integration key' },
  ),
  region: z.enum(['us', 'eu']).default('us').describe('Where the account is.'),
});

export type PagerDutyConnection = z.output<typeof pagerDutyConnection>;

export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

const eventPatterns = z
  .array(
    z
      .string()
      .regex(EVENT_PATTERN_FORM, 'must be an event type, like incident.resolved, or incident.*'),
  )
  .max(50)
  .default([]);

/** What alerts look like, and which events end them. Version 1. */
export const pagerDutyConfig = z.strictObject({
  dedupKey: ui(
    z
      .string()
      .max(500)
      .optional()
      .describe(
        'What the events of one alert have in common, like {{ payload.incident.id }}. Left out: the subscription’s thread key; else each event is an alert of its own.',
      ),
    { title: 'Deduplication key', template: 'text', placeholder: '{{ payload.incident.id }}' },
  ),
  acknowledgeOn: ui(
    eventPatterns.describe('Events that acknowledge the alert: types, or incident.*'),
    { title: 'Acknowledge on' },
  ),
  resolveOn: ui(eventPatterns.describe('Events that resolve the alert. All others trigger it.'), {
    title: 'Resolve on',
  }),
  summary: ui(
    z
      .string()
      .max(4_000)
      .optional()
      .describe('What the alert is called. Left out: the type of the event and its values.'),
    { title: 'Summary', multiline: true, template: 'text' },
  ),
  source: ui(
    z
      .string()
      .max(1_000)
      .optional()
      .describe('What is affected. Left out: the name of the subscription.'),
    { title: 'Source', template: 'text' },
  ),
  severity: ui(
    z
      .string()
      .max(500)
      .optional()
      .describe(
        'Where the event says how bad it is. Words like critical, high, major, P2 are understood.',
      ),
    { title: 'Severity', template: 'text', placeholder: '{{ payload.incident.severity }}' },
  ),
  severities: ui(
    z
      .record(z.string().min(1).max(100), z.enum(SEVERITIES))
      .default({})
      .describe('What further words of yours mean: { "sev-1": "critical" }.'),
    { title: 'Words of severity' },
  ),
  defaultSeverity: ui(
    z
      .enum(SEVERITIES)
      .default('error')
      .describe('Where the event does not say, or by no word known.'),
    { title: 'Otherwise' },
  ),
  component: ui(z.string().max(500).optional().describe('Part of the source that is affected.'), {
    title: 'Component',
    template: 'text',
  }),
  group: ui(z.string().max(500).optional().describe('What the source belongs to.'), {
    title: 'Group',
    template: 'text',
  }),
  class: ui(z.string().max(500).optional().describe('Kind of the event. Left out: its type.'), {
    title: 'Class',
    template: 'text',
  }),
  link: ui(z.string().max(2_000).optional().describe('Shown on the alert: an http or https URL.'), {
    title: 'Link',
    template: 'text',
    placeholder: 'https://…/{{ payload.incident.id | url_encode }}',
  }),
});

export type PagerDutyConfig = z.output<typeof pagerDutyConfig>;
