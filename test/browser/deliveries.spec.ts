import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';
import { FailingReceiver } from '../support/failing-receiver.js';
import { idOf } from '../support/platform.js';
import { until } from '../support/until.js';

interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly status: string;
  readonly attempts: number;
}

describe('deliveries on the pages', () => {
  let pages: AdminPages;
  let receiver: FailingReceiver;
  let subscriptionId: string;

  const deliveries = async (query: string): Promise<readonly Delivery[]> => {
    const { body } = await pages.platform.admin('GET', `/deliveries?${query}`);
    return (body as { items: Delivery[] }).items;
  };
  const ofLedger = () => deliveries(`subscriptionId=${subscriptionId}`);
  const emit = async (title: string): Promise<void> => {
    expect(await pages.platform.createIncident(title)).not.toBeNull();
  };
  const rows = (page: Page) => page.getByRole('table').getByRole('row');

  beforeAll(async () => {
    pages = await AdminPages.start();
    receiver = await FailingReceiver.start();
    const { body } = await pages.platform.admin('POST', '/subscriptions', {
      name: 'Ledger',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url },
      retryPolicy: { delaysSeconds: [1, 3_600], jitter: 0 },
    });
    subscriptionId = idOf(body);
    await emit('Checkout is down');
    await until('the second attempt', async () =>
      (await ofLedger()).some(({ attempts, status }) => attempts === 2 && status === 'retrying'),
    );
  });
  afterEach(() => pages.closePages());
  afterAll(async () => {
    await pages.stop();
    await receiver.stop();
  });

  it('are a list whose filters are its address', async () => {
    const page = await pages.open('/deliveries');
    await page.getByRole('link', { name: 'incident.created' }).first().waitFor();
    expect(await rows(page).count()).toBe(3);

    await page.getByText('retrying', { exact: true }).click();
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(new URL(page.url()).search).toBe('?status=retrying');

    await page.reload();
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(await page.getByRole('checkbox', { name: 'retrying' }).isChecked()).toBe(true);

    await page.getByRole('button', { name: 'Clear all' }).click();
    await expect.poll(() => rows(page).count()).toBe(3);
  });

  it('are found by an event’s id, after the key /', async () => {
    const [delivery] = await ofLedger();
    const page = await pages.open('/deliveries');
    await page.getByRole('link', { name: 'incident.created' }).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(delivery?.id ?? '');
    await expect.poll(() => rows(page).count()).toBe(2);

    await page.getByRole('searchbox').fill('ffffffff-ffff-7fff-8fff-ffffffffffff');
    await page.getByText('No delivery fits').waitFor();
  });

  it('show the waits, the next attempt counting down, and what the receiver said', async () => {
    const [delivery] = await ofLedger();
    const page = await pages.open(`/deliveries/${delivery?.id}`);
    await page.getByRole('button', { name: /Attempt 2/ }).waitFor();
    await page.getByText(/Next attempt/).waitFor();
    const timer = page.getByRole('timer');
    const first = await timer.textContent();
    await expect.poll(() => timer.textContent(), { timeout: 65_000 }).not.toBe(first);
    await page.getByText('"The ledger is down"').waitFor();

    await page.getByRole('tab', { name: 'Compare' }).click();
    await page.getByRole('combobox', { name: 'With' }).click();
    await page.getByRole('option', { name: 'Attempt 1' }).click();
    await page.getByText('− x-call: 1').waitFor();
    await page.getByText('+ x-call: 2').waitFor();

    await page.getByRole('tab', { name: 'Timings' }).click();
    await page.getByRole('rowheader', { name: 'Waiting for the answer' }).waitFor();

    await page.getByRole('tab', { name: 'Request' }).click();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toContain(`curl -X POST '${receiver.url}'`);
    expect(copied).toContain("-H 'webhook-id: ");
  });

  it('hold up on every screen', async () => {
    await pages.checkScreen({
      path: '/deliveries',
      name: 'deliveries',
      ready: (page) => page.getByRole('link', { name: 'incident.created' }).first().waitFor(),
    });
    const [delivery] = await ofLedger();
    await pages.checkScreen({
      path: `/deliveries/${delivery?.id}`,
      name: 'delivery',
      ready: (page) => page.getByText('Other deliveries of the event').waitFor(),
    });
  });

  it('are attempted now, once the receiver is mended', async () => {
    const [delivery] = await ofLedger();
    const page = await pages.open(`/deliveries/${delivery?.id}`);
    receiver.mend();
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.getByText('The next attempt is made now').waitFor();
    await expect
      .poll(async () => (await ofLedger()).map(({ status }) => status), { timeout: 20_000 })
      .toEqual(['delivered']);
    await page.reload();
    await page.getByRole('button', { name: /Attempt 3/ }).waitFor();
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It is sent again').waitFor();
  });

  it('are chosen and sent again together', async () => {
    const callsBefore = receiver.calls;
    const page = await pages.open(`/deliveries?subscriptionId=${subscriptionId}`);
    await page.getByText('Subscription Ledger').waitFor();
    await page.getByRole('checkbox', { name: 'Choose all on this page' }).check();
    await page.getByText('1 chosen').waitFor();
    await page.getByRole('button', { name: 'Replay 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('heading', { level: 1, name: 'Replay' }).waitFor();
    await page.getByText('1 chosen').waitFor();
    await page.getByText('1 of 1').waitFor();
    await expect.poll(() => receiver.calls, { timeout: 10_000 }).toBeGreaterThan(callsBefore);
  });

  it('are cancelled by keyboard, and the focus is not lost with the button', async () => {
    receiver.break();
    await emit('Search is down');
    const retrying = () => deliveries(`subscriptionId=${subscriptionId}&status=retrying`);
    await until('the second attempt', async () => (await retrying())[0]?.attempts === 2);
    const page = await pages.open(`/deliveries/${(await retrying())[0]?.id}`);
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Cancel this delivery?' });
    await dialog.getByText('Ledger').waitFor();
    await dialog.getByRole('button', { name: 'Cancel the delivery' }).press('Enter');
    await page.getByRole('main').getByText('Cancelled').first().waitFor();
    await page.getByRole('button', { name: 'Replay' }).waitFor();
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Replay');
    receiver.mend();
  });

  it('light up where they arrive while the list is looked at, and not before', async () => {
    const page = await pages.open(`/deliveries?subscriptionId=${subscriptionId}`);
    const lit = page.locator('tr[data-arrived="true"]');
    await page.getByRole('button', { name: 'Live: pause' }).waitFor();
    expect(await lit.count()).toBe(0);
    await emit('Mail is slow');
    await expect.poll(() => lit.count()).toBe(1);
  });

  it('say what to do where there is none of that id', async () => {
    const page = await pages.open('/deliveries/0198c5e2-7a7e-7000-8000-000000000000');
    await page.getByRole('alert').getByText('removed by retention').waitFor();
  });
});
