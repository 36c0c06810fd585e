import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';
import { FailingReceiver } from '../support/failing-receiver.js';
import { idOf } from '../support/platform.js';
import { until } from '../support/until.js';

describe('operations on the pages', () => {
  let pages: AdminPages;
  let receiver: FailingReceiver;
  let subscriptionId: string;
  let replayId: string;

  beforeAll(async () => {
    pages = await AdminPages.start();
    receiver = await FailingReceiver.start();
    const { body } = await pages.platform.admin('POST', '/subscriptions', {
      name: 'Ledger',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url, auth: { type: 'bearer', token: 'not-a-real-token' } },
      retryPolicy: 'none',
    });
    subscriptionId = idOf(body);
    expect(await pages.platform.createIncident('Checkout is down')).not.toBeNull();
    await until('the failure', async () => {
      const answer = await pages.platform.admin(
        'GET',
        `/deliveries?subscriptionId=${subscriptionId}&status=failed`,
      );
      return (answer.body as { items: unknown[] }).items.length === 1;
    });
    receiver.mend();
    const replay = await pages.platform.admin('POST', '/replays', { subscriptionId });
    replayId = idOf(replay.body);
  });
  afterEach(() => pages.closePages());
  afterAll(async () => {
    await pages.stop();
    await receiver.stop();
  });

  it('show how far a replay is, until it is done', async () => {
    const page = await pages.open('/operations');
    await page
      .getByRole('link', { name: /Deliveries/ })
      .last()
      .waitFor();
    await page.goto(pages.url(`/operations/replays/${replayId}`));
    await page.getByText('Completed').waitFor();
    await page.getByText('1 of 1').waitFor();
  });

  it('show the worker, and what waits for it', async () => {
    const page = await pages.open('/operations/workers');
    await page.getByText(/process \d+, version /).waitFor();
    await page.getByText('Kept by').waitFor();
  });

  it('show how long what happened is kept, erasures, and the keys of secrets', async () => {
    await pages.platform.admin('POST', '/subscriptions', {
      tenant: 'initech',
      name: 'To be erased',
      eventTypes: ['*'],
      provider: 'webhook',
      config: { url: receiver.url },
    });
    const { status } = await pages.platform.admin('DELETE', '/tenants/initech/data');
    expect(status).toBe(202);
    const page = await pages.open('/operations/retention');
    await page.getByText('90 days').first().waitFor();
    await page.getByRole('region', { name: 'Tables' }).getByText('delivery_logs').waitFor();
    await page.getByRole('region', { name: 'Erasures' }).getByText('initech').waitFor();
    await page.getByText('npm run secrets:rotate').waitFor();
  });

  it('say who changed what, before and after, without the secret', async () => {
    await pages.platform.admin('PATCH', `/subscriptions/${subscriptionId}`, {
      name: 'General ledger',
    });
    const page = await pages.open(`/operations/audit-log?subjectId=${subscriptionId}`);
    await page.getByRole('button', { name: 'Update subscription' }).first().click();
    const change = page.getByLabel('what changed');
    await change.waitFor();
    expect(await change.textContent()).toContain('+   "name": "General ledger"');
    expect(await page.content()).not.toContain('not-a-real-token');
  });

  it.each([
    { path: () => '/operations/replays', name: 'operations', text: 'Completed' },
    { path: () => `/operations/replays/${replayId}`, name: 'replay', text: '1 of 1' },
    { path: () => '/operations/audit-log', name: 'audit-log', text: 'admin' },
    { path: () => '/operations/workers', name: 'workers', text: 'Last seen' },
    { path: () => '/operations/retention', name: 'retention', text: 'Values under it' },
  ])('hold up in light, dark and on a phone: $name', async ({ path, name, text }) => {
    await pages.checkScreen({
      path: path(),
      name,
      ready: (page) => page.getByText(text).first().waitFor(),
    });
  });
});
