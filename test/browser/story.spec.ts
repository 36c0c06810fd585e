import { createHmac } from 'node:crypto';
import { Receiver } from '@nest-integrations/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';

/** What a newcomer does on the first day, in one go, by nothing but the pages. */
describe('a newcomer', () => {
  let pages: AdminPages;
  let slack: Receiver;
  let receiver: Receiver;
  let page: Page;

  beforeAll(async () => {
    pages = await AdminPages.start();
    slack = await Receiver.start();
    receiver = await Receiver.start();
    page = await pages.open('/');
  });
  afterAll(async () => {
    await pages.stop();
    await slack.stop();
    await receiver.stop();
  });

  const emit = async (title: string) =>
    expect(await pages.platform.createIncident(title)).not.toBeNull();
  const preview = () => page.getByRole('complementary', { name: 'Preview' });
  const rowOf = (text: string) => page.getByRole('row').filter({ hasText: text });

  it('makes a connection while making the subscription that needs it', async () => {
    await page.getByRole('link', { name: 'Subscriptions' }).click();
    await page.getByRole('link', { name: 'New subscription' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Incidents to Slack');
    await page.getByRole('checkbox', { name: /Incident created/ }).check();
    await page.getByRole('radio', { name: /^Slack/ }).click();
    await page.getByRole('button', { name: 'New connection' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Incoming webhook', { exact: true }).click();
    await dialog.getByLabel('Webhook URL').fill(slack.url);
    await dialog.getByRole('button', { name: 'Create connection' }).click();
    await dialog.waitFor({ state: 'detached' });
    await preview().getByText('Checkout is down').first().waitFor();
    slack.answer(() => ({ body: 'ok' }));
    await page.getByRole('button', { name: 'Create subscription' }).click();
    await page.getByRole('heading', { level: 1, name: 'Incidents to Slack' }).waitFor();
  });

  it('sees what a webhook would send, and sends a test, before anything is stored', async () => {
    await page.getByRole('link', { name: 'Subscriptions' }).first().click();
    await page.getByRole('link', { name: 'New subscription' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Ledger');
    await page.getByRole('checkbox', { name: /Incident created/ }).check();
    await page.getByRole('radio', { name: /^Webhook/ }).click();
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    await preview().getByText('webhook-signature').waitFor();
    expect(receiver.requests).toHaveLength(0);

    const send = preview().getByRole('button', { name: 'Send test' });
    await send.focus();
    await page.keyboard.press('Enter');
    await preview().getByText('HTTP 200').waitFor();
    expect(receiver.requests).toHaveLength(1);
    expect(await send.and(page.locator(':focus')).count()).toBe(1);
  });

  it('chooses how failures are retried, and sees when that would be', async () => {
    await page.getByRole('button', { name: 'Retries' }).click();
    await page.getByText('Custom', { exact: true }).click();
    const waits = page.getByRole('combobox', { name: 'Waits before each retry' });
    for (let i = 0; i < 9; i++) await waits.press('Backspace');
    await waits.fill('1s');
    await waits.press('Enter');
    await waits.fill('1h');
    await waits.press('Enter');
    await page.getByText(/^3 attempts\./).waitFor();
    await page.getByRole('button', { name: 'Create subscription' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ledger' }).waitFor();
  });

  it('watches a delivery arrive while it happens', async () => {
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    await page.getByText('Nothing was sent').waitFor();
    await emit('Checkout is down');
    await rowOf('incident.created').getByText('Delivered').waitFor();
    expect(receiver.requests).toHaveLength(2);
  });

  it('sees the retries when the receiver breaks, and reads what it said', async () => {
    receiver.answer(() => ({ status: 503, body: '{"error":"The ledger is down"}' }));
    await emit('Payments are slow');
    await rowOf('Retrying').getByRole('link', { name: 'incident.created' }).click();
    await page.getByText('"The ledger is down"').first().waitFor();
    await page
      .getByText(/Next attempt/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /Attempt 2/ }).waitFor();
  });

  it('mends the receiver, retries at once, and replays', async () => {
    receiver.answer(() => ({ status: 200 }));
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.getByRole('main').getByText('Delivered').first().waitFor();
    const sent = receiver.requests.length;
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await receiver.waitFor(sent + 1);
    const ids = receiver.requests.slice(2).map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('rotates the secret: requests are signed by both for a while', async () => {
    await page.goto(pages.url('/subscriptions'));
    await page.getByRole('link', { name: 'Ledger' }).click();
    await page.getByRole('tab', { name: 'Signing secrets' }).click();
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('Ends in').waitFor();
    await page.getByRole('button', { name: 'Reveal' }).click();
    await page.getByRole('button', { name: 'Show them' }).click();
    const current = await page.locator('code', { hasText: 'whsec_' }).first().textContent();

    const before = receiver.requests.length;
    await emit('It is back');
    await receiver.waitFor(before + 1);
    const request = receiver.requests.at(-1);
    if (!request) throw new Error('No request came');
    const { headers, body } = request;
    const signatures = headers['webhook-signature']?.split(' ') ?? [];
    expect(signatures).toHaveLength(2);
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body.toString()}`;
    const key = Buffer.from((current ?? '').replace('whsec_', ''), 'base64');
    expect(signatures[0]).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  });
});
