import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';
import { FailingReceiver } from '../support/failing-receiver.js';
import { until } from '../support/until.js';

interface Overview {
  readonly totals: { readonly delivered: number; readonly failed: number };
  readonly failing: readonly unknown[];
}

describe('the overview', () => {
  let pages: AdminPages;
  let receiver: FailingReceiver;

  const overview = async (): Promise<Overview> =>
    (await pages.platform.admin('GET', '/overview')).body as Overview;

  beforeAll(async () => {
    pages = await AdminPages.start();
    receiver = await FailingReceiver.start();
  });
  afterEach(() => pages.closePages());
  afterAll(async () => {
    await pages.stop();
    await receiver.stop();
  });

  it('tells a newcomer the next step', async () => {
    const page = await pages.open('/');
    await page.getByText('Nothing has been sent in this time').waitFor();
    await page.getByText('No delivery has failed lately').waitFor();
  });

  it('shows what fails first, and leads to what is behind each figure', async () => {
    await pages.platform.admin('POST', '/subscriptions', {
      name: 'Ledger',
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: receiver.url },
      retryPolicy: 'none',
    });
    for (const title of ['Checkout is down', 'Search is slow', 'Mail is late']) {
      expect(await pages.platform.createIncident(title)).not.toBeNull();
    }
    await until('the figures of three incidents', async () => {
      const { totals, failing } = await overview();
      return totals.delivered === 3 && totals.failed === 3 && failing.length === 1;
    });

    const page = await pages.open('/');
    await page.getByRole('heading', { name: 'One subscription needs a look' }).waitFor();
    await page.getByText('As a table').click();
    await page.getByRole('table').getByRole('link').first().waitFor();

    await page.getByRole('link', { name: 'What did not arrive' }).click();
    await page.getByText('Subscription Ledger').waitFor();
    await expect.poll(() => page.getByRole('table').getByRole('row').count()).toBe(4);

    await page.goBack();
    await page.getByText('50%').waitFor();
    await page.getByRole('definition').getByRole('link', { name: '3' }).first().click();
    await expect
      .poll(() => page.getByRole('checkbox', { name: 'delivered' }).isChecked())
      .toBe(true);
    await expect.poll(() => page.getByRole('table').getByRole('row').count()).toBe(4);
  });

  it('keeps its span in the address', async () => {
    const page = await pages.open('/');
    await page.getByText('Week', { exact: true }).click();
    await expect.poll(() => new URL(page.url()).search).toBe('?hours=168');
    await page.reload();
    await expect.poll(() => page.getByRole('radio', { name: 'Week' }).isChecked()).toBe(true);
  });

  it('holds up on every screen', async () => {
    await pages.checkScreen({
      path: '/?hours=1',
      name: 'overview',
      ready: (page) => page.getByRole('link', { name: 'All that failed' }).waitFor(),
    });
  });
});
