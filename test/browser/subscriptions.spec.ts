import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages, check } from '../support/admin-pages.js';
import { FailingReceiver } from '../support/failing-receiver.js';
import { idOf } from '../support/platform.js';

const TOKEN = 'not-a-real-token';

describe('subscriptions on the pages', () => {
  let pages: AdminPages;
  let receiver: FailingReceiver;
  let ledgerId: string;

  beforeAll(async () => {
    pages = await AdminPages.start();
    receiver = await FailingReceiver.start();
    receiver.mend();
    const { body } = await pages.platform.admin('POST', '/subscriptions', {
      name: 'Ledger',
      eventTypes: ['incident.*'],
      provider: 'webhook',
      config: { url: receiver.url, auth: { type: 'bearer', token: TOKEN } },
      filter: { severity: { $in: ['major', 'critical'] } },
    });
    ledgerId = idOf(body);
    expect(await pages.platform.createIncident('Checkout is down')).not.toBeNull();
  });
  afterEach(() => pages.closePages());
  afterAll(async () => {
    await pages.stop();
    await receiver.stop();
  });

  const stored = async () => {
    const { body } = await pages.platform.admin('GET', `/subscriptions/${ledgerId}`);
    return body as Record<string, unknown>;
  };
  const preview = (page: Page) => page.getByRole('complementary', { name: 'Preview' });

  it('are searched and filtered by an address that can be shared', async () => {
    const page = await pages.open('/subscriptions');
    await page.getByRole('link', { name: 'Demo inbox' }).waitFor();
    await page.getByRole('searchbox').fill('ledg');
    await page.getByRole('link', { name: 'Demo inbox' }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?search=ledg');
    await page.reload();
    await page.getByRole('link', { name: 'Ledger' }).waitFor();
    expect(await page.getByRole('link', { name: 'Demo inbox' }).count()).toBe(0);
  });

  it('are found by the connection that they deliver by', async () => {
    const { platform } = pages;
    const connection = await platform.admin('POST', '/connections', {
      name: 'Mail server',
      provider: 'email',
      config: { host: 'smtp.example.com', from: 'notify@example.com' },
    });
    const mails = await platform.admin('POST', '/subscriptions', {
      name: 'Mails',
      eventTypes: ['health.restored'],
      provider: 'email',
      config: { to: ['ops@example.com'] },
      connectionId: idOf(connection.body),
    });
    const page = await pages.open('/subscriptions');
    await page.getByRole('link', { name: 'Ledger' }).waitFor();
    await page.getByRole('combobox', { name: 'Connection' }).fill('mail');
    await page.getByRole('option', { name: 'Mail server' }).click();
    await page.getByRole('link', { name: 'Ledger' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Mails' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Mails' }).waitFor();
    const filter = page.getByRole('combobox', { name: 'Connection' });
    await expect.poll(() => filter.inputValue()).toBe('Mail server');
    await platform.admin('DELETE', `/subscriptions/${idOf(mails.body)}`);
  });

  it('show what a change would send beside what is sent now, before it is saved', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}/edit`);
    await preview(page).getByText(receiver.url).waitFor();
    await page.getByRole('textbox', { name: 'URL' }).fill(`${receiver.url}?v=2`);
    await preview(page).getByText(`${receiver.url}?v=2`).waitFor();
    await preview(page).getByRole('tab', { name: 'Changes' }).click();
    const changes = preview(page).getByLabel('what is sent now, and what would be');
    await changes.getByText(`+ POST ${receiver.url}?v=2`).waitFor();
    expect(await page.content()).not.toContain(TOKEN);
    expect(await stored()).toMatchObject({ config: { url: receiver.url } });
  });

  it('keep the secret that an edit leaves alone', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}/edit`);
    await page.getByText('Stored, and kept as it is').waitFor();
    await page.getByRole('textbox', { name: 'Description' }).fill('For the books');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ledger', exact: true }).waitFor();
    expect(await stored()).toMatchObject({
      description: 'For the books',
      configSecrets: ['auth.token'],
    });
  });

  it('that are empty are not saved, and say all that is missing', async () => {
    const page = await pages.open('/subscriptions/new');
    await page.getByRole('button', { name: 'Create subscription' }).click();
    const alert = page.getByRole('alert').filter({ hasText: 'The subscription was not saved' });
    for (const field of ['name', 'eventTypes', 'provider']) {
      await alert.getByText(field, { exact: true }).waitFor();
    }
    const name = page.getByRole('textbox', { name: 'Name' });
    expect(await name.getAttribute('aria-invalid')).toBe('true');
  });

  it('do not let go of changes without asking, and bring them back after a reload', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}/edit`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Ledger of the year');
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Stay here' }).click();
    page.on('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await page.getByText('What you typed before is here again').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe(
      'Ledger of the year',
    );
    await page.getByRole('button', { name: 'Begin anew' }).click();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Ledger');
    await page.getByText('What you typed before is here again').waitFor({ state: 'detached' });
  });

  it('are not saved over what another has saved meanwhile, unless that is what is wanted', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}/edit`);
    const change = (description: string) =>
      pages.platform.admin('PATCH', `/subscriptions/${ledgerId}`, { description });
    const description = page.getByRole('textbox', { name: 'Description' });
    await description.waitFor();
    await change('Theirs');
    await expect.poll(() => description.inputValue()).toBe('Theirs');

    await description.fill('Mine');
    await change('Theirs again');
    await page.getByText('It was changed meanwhile').waitFor();
    await check(page, 'changed meanwhile');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The subscription was not saved').waitFor();
    expect(await stored()).toMatchObject({ description: 'Theirs again' });
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ledger', exact: true }).waitFor();
    expect(await stored()).toMatchObject({ description: 'Mine' });
  });

  it('keep what is typed when the server fails behind the form', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}/edit`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Half a na');
    await page.route(`**/subscriptions/${ledgerId}`, (route) => route.fulfill({ status: 404 }));
    const failure = page.waitForResponse((response) => response.status() === 404);
    await pages.platform.admin('PATCH', `/subscriptions/${ledgerId}`, {
      description: 'For the books',
    });
    await failure;
    await page.getByRole('textbox', { name: 'Name' }).press('End');
    await page.keyboard.type('me');
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Half a name');
  });

  it('drop what belonged to the provider before, and show a field only where it applies', async () => {
    const page = await pages.open('/subscriptions/new');
    await page.getByRole('radio', { name: /^Webhook/ }).click();
    await page.getByRole('textbox', { name: 'URL' }).fill('https://example.com/hooks');
    expect(await page.getByLabel('Template', { exact: true }).count()).toBe(0);
    await page.getByRole('combobox', { name: 'Format' }).click();
    await page.getByRole('option', { name: 'Template' }).click();
    await page.getByLabel('Template', { exact: true }).waitFor();

    await page.getByRole('radio', { name: /^Slack/ }).click();
    await page.getByText('Slack has no connection yet').waitFor();
    expect(await page.getByRole('textbox', { name: 'URL' }).count()).toBe(0);
  });

  it('say at each field what is wrong, and keep what was typed', async () => {
    const page = await pages.open('/subscriptions/new');
    await page.getByRole('textbox', { name: 'Name' }).fill('Broken');
    await page.getByRole('checkbox', { name: /Incident created/ }).check();
    await page.getByRole('radio', { name: /^Webhook/ }).click();
    await page.getByRole('textbox', { name: 'URL' }).fill('nowhere');
    await page.getByRole('button', { name: 'Create subscription' }).click();
    await page.getByText('The subscription was not saved').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Broken');
    expect(await page.getByRole('textbox', { name: 'URL' }).textContent()).toBe('nowhere');
  });

  it('are disabled together, which can be taken back, and deleted by name', async () => {
    const make = async (name: string) => {
      const { body } = await pages.platform.admin('POST', '/subscriptions', {
        name,
        eventTypes: ['incident.created'],
        provider: 'webhook',
        config: { url: receiver.url },
      });
      return idOf(body);
    };
    const ids = [await make('Bulk one'), await make('Bulk two')];
    const enabled = async () => {
      const { body } = await pages.platform.admin('GET', '/subscriptions?search=Bulk&enabled=true');
      return (body as { total: number }).total;
    };
    const page = await pages.open('/subscriptions?search=Bulk');
    const choose = async () => {
      for (const name of ['Bulk one', 'Bulk two']) {
        await page.getByRole('checkbox', { name: new RegExp(name) }).check();
      }
    };
    await choose();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByText('2 subscriptions disabled').waitFor();
    expect(await enabled()).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('2 subscriptions enabled').waitFor();
    expect(await enabled()).toBe(2);

    await choose();
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete 2 subscriptions?' });
    await dialog.getByText('Bulk two').waitFor();
    await dialog.getByRole('button', { name: 'Delete 2' }).click();
    await page.getByText('2 subscriptions deleted').waitFor();
    for (const id of ids) {
      const { status } = await pages.platform.admin('GET', `/subscriptions/${id}`);
      expect(status).toBe(404);
    }
  });

  it('show the deliveries of one, and those alone', async () => {
    const page = await pages.open(`/subscriptions/${ledgerId}?tab=deliveries`);
    await page.getByRole('link', { name: 'incident.created' }).waitFor();
    expect(await page.getByRole('table').getByRole('row').count()).toBe(2);
  });

  it.each([
    { path: () => '/subscriptions', name: 'subscriptions', text: 'Ledger' },
    { path: () => `/subscriptions/${ledgerId}`, name: 'subscription', text: 'Success rate' },
    {
      path: () => `/subscriptions/${ledgerId}/edit`,
      name: 'subscription-edit',
      text: 'webhook-signature',
    },
    {
      path: () => `/subscriptions/${ledgerId}?tab=documentation`,
      name: 'subscription-guide',
      text: 'Verify the signature',
    },
    {
      path: () => `/subscriptions/${ledgerId}?tab=secrets`,
      name: 'subscription-secrets',
      text: 'HMAC-SHA256',
    },
  ])('hold up in light, dark and on a phone: $name', async ({ path, name, text }) => {
    await pages.checkScreen({
      path: path(),
      name,
      ready: (page) => page.getByText(text).first().waitFor(),
    });
  });
});
