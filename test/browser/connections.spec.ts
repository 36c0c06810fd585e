import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages } from '../support/admin-pages.js';
import { idOf } from '../support/platform.js';

const TOKEN = 'xoxb-not-a-real-token';

describe('connections on the pages', () => {
  let pages: AdminPages;
  let connectionId: string;

  beforeAll(async () => {
    pages = await AdminPages.start();
    const { body } = await pages.platform.admin('POST', '/connections', {
      name: 'Slack of the platform team',
      provider: 'slack',
      config: { method: 'bot', token: TOKEN },
    });
    connectionId = idOf(body);
  });
  afterEach(() => pages.closePages());
  afterAll(() => pages.stop());

  it('are made from the system that they are for, with a form of its own', async () => {
    const page = await pages.open('/connections/new');
    await page.getByRole('radio', { name: /Slack/ }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Another Slack');
    await page.getByText('Incoming webhook', { exact: true }).click();
    await page.getByLabel('Webhook URL').fill('https://hooks.slack.com/services/T/B/x');
    await page.getByRole('button', { name: 'Create connection' }).click();
    await page.getByRole('heading', { level: 1, name: 'Another Slack' }).waitFor();
  });

  it('keep what was typed, and say at the field what is wrong with it', async () => {
    const page = await pages.open('/connections/new?provider=slack');
    await page.getByLabel('Bot token').fill('not a token');
    await page.getByRole('button', { name: 'Create connection' }).click();
    await page.getByText('The connection was not saved').waitFor();
    expect(await page.getByLabel('Bot token').inputValue()).toBe('not a token');
    expect(await page.getByLabel('Bot token').getAttribute('aria-invalid')).toBe('true');
  });

  it('keep a secret that is not replaced, and never show it', async () => {
    const page = await pages.open(`/connections/${connectionId}`);
    await page.getByText('Stored, and kept as it is').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Slack, renamed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Slack, renamed' }).waitFor();
    expect(await page.content()).not.toContain(TOKEN);
    const { body } = await pages.platform.admin('GET', `/connections/${connectionId}`);
    expect(body).toMatchObject({ name: 'Slack, renamed', configSecrets: ['token'] });
  });

  it('keep what is typed over what another saves, and ask before it is left behind', async () => {
    const page = await pages.open(`/connections/${connectionId}`);
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.fill('My Slack');
    await pages.platform.admin('PATCH', `/connections/${connectionId}`, { name: 'Their Slack' });
    await page.getByText('It was changed meanwhile').waitFor();
    expect(await name.inputValue()).toBe('My Slack');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await page.getByRole('button', { name: 'Drop mine' }).click();
    expect(await name.inputValue()).toBe('Their Slack');
  });

  it('can be deleted only while nobody uses them', async () => {
    const { body } = await pages.platform.admin('POST', '/subscriptions', {
      name: 'Incidents to Slack',
      eventTypes: ['incident.created'],
      provider: 'slack',
      connectionId,
      config: { channel: 'C0000001' },
      enabled: false,
    });
    const page = await pages.open(`/connections/${connectionId}`);
    await page.getByRole('link', { name: 'Incidents to Slack' }).waitFor();
    const button = page.getByRole('button', { name: 'Delete…' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');

    await pages.platform.admin('DELETE', `/subscriptions/${idOf(body)}`);
    await page.reload();
    await page.getByText('No subscription delivers by it yet.').waitFor();
    await button.click();
    await page.getByRole('button', { name: 'Delete the connection' }).click();
    await page.waitForURL(/\/connections$/);
  });

  it.each([
    { path: '/connections', name: 'connections', text: 'Another Slack' },
    { path: '/connections/new?provider=slack', name: 'connection-new', text: 'Posting to Slack' },
  ])('hold up in light, dark and on a phone: $name', async ({ path, name, text }) => {
    await pages.checkScreen({
      path,
      name,
      ready: (page) => page.getByText(text).first().waitFor(),
    });
  });
});
