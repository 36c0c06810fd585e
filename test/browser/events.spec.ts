import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';
import { until } from '../support/until.js';

interface Event {
  readonly id: string;
  readonly deliveryCounts: { readonly delivered: number };
}

describe('events on the pages', () => {
  let pages: AdminPages;
  let event: Event;

  beforeAll(async () => {
    pages = await AdminPages.start();
    expect(await pages.platform.createIncident('Checkout is down')).not.toBeNull();
    await until('the delivery to the inbox', async () => {
      const { body } = await pages.platform.admin('GET', '/events');
      const [newest] = (body as { items: Event[] }).items;
      if (newest) event = newest;
      return newest?.deliveryCounts.delivered === 1;
    });
  });
  afterEach(() => pages.closePages());
  afterAll(() => pages.stop());

  it('lead from the list to what one said, and to everyone it went to', async () => {
    const page = await pages.open('/events');
    await page.getByRole('link', { name: 'incident.created' }).click();
    await page.getByRole('heading', { level: 1, name: 'incident.created' }).waitFor();
    await page.getByText('"Checkout is down"').waitFor();
    await page.getByRole('link', { name: 'Demo inbox' }).click();
    await page.waitForURL(/\/deliveries\/[0-9a-f-]{36}$/);
  });

  it('are sent to a subscription that was not there when they happened', async () => {
    await pages.platform.admin('POST', '/subscriptions', {
      name: 'Late listener',
      eventTypes: ['incident.*'],
      provider: 'webhook',
      config: { url: `${pages.origin}/inbox/nowhere` },
      retryPolicy: 'none',
    });
    const page = await pages.open(`/events/${event.id}`);
    await page.getByRole('button', { name: 'Send to…' }).click();
    await page.getByRole('combobox', { name: 'Subscription' }).click();
    await page.getByRole('option', { name: 'Late listener' }).click();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('link', { name: 'Late listener' }).waitFor();
  });

  it('have a catalogue with what leaves, who declares it and how many listen', async () => {
    const page = await pages.open('/events/types');
    await page.getByRole('searchbox').fill('resolved');
    await page.getByRole('link', { name: /Incident resolved/ }).click();
    await page.getByText('IncidentsIntegrationEvents.resolved').waitFor();
    await page.getByRole('tab', { name: 'Properties' }).click();
    await page.getByRole('cell', { name: 'payload.severity' }).waitFor();
  });

  it('say that nothing fits, and the way back', async () => {
    const page = await pages.open('/events?type=incident.resolved');
    await page.getByText('Nothing fits these filters').waitFor();
    await page.getByRole('button', { name: 'Show all events' }).click();
    await page.getByRole('link', { name: 'incident.created' }).waitFor();
  });

  it.each([
    { path: () => '/events', name: 'events', text: 'incident.created' },
    { path: () => `/events/${event.id}`, name: 'event', text: '"Checkout is down"' },
    { path: () => '/events/types', name: 'event-types', text: 'incident.resolved' },
    {
      path: () => '/events/types/incident.created',
      name: 'event-type',
      text: '"Checkout is down"',
    },
  ])('hold up in light, dark and on a phone: $name', async ({ path, name, text }) => {
    await pages.checkScreen({
      path: path(),
      name,
      ready: (page) => page.getByText(text).first().waitFor(),
    });
  });
});
