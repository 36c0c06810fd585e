import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AdminPages, check, refusedIn } from '../support/admin-pages.js';
import { idOf } from '../support/platform.js';

describe('the admin pages', () => {
  let pages: AdminPages;

  beforeAll(async () => {
    pages = await AdminPages.start();
  });
  afterEach(() => pages.closePages());
  afterAll(() => pages.stop());

  it('ask a stranger to sign in, and lead them to the page they wanted', async () => {
    const page = await pages.openAsStranger('/admin/integrations/ui/deliveries');
    await page.getByRole('heading', { name: 'Sign in first' }).waitFor();
    await check(page, 'sign in first');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Admin token').fill('not-the-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This is not the admin token').waitFor();
    await check(page, 'sign in');
    await page.getByLabel('Admin token').fill('a-token-for-the-tests');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/admin/integrations/ui/deliveries');
  });

  it('open at the admin path itself, and from the link that the banner gives', async () => {
    const page = await pages.openAsStranger('/sign-in#a-token-for-the-tests');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(page.url()).not.toContain('a-token');
    await page.goto(`${pages.origin}/admin/integrations`);
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/admin/integrations/ui/');
  });

  it('go to no other site after the sign-in', async () => {
    const page = await pages.openAsStranger(
      `/sign-in?return=${encodeURIComponent('//evil.example/x')}#a-token-for-the-tests`,
    );
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(new URL(page.url()).origin).toBe(pages.origin);
  });

  it('are reached by keyboard: the skip link, the palette', async () => {
    const page = await pages.open('/deliveries');
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');

    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Go to' }).fill('overv');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(await page.title()).toBe('Overview · Integrations');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');
  });

  it('say that the session has ended, and no longer once someone has signed in elsewhere', async () => {
    const page = await pages.open('/subscriptions/new');
    await page.getByRole('textbox', { name: 'Name' }).fill('Half a name');
    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await page.getByRole('radio', { name: /^Slack/ }).click();
    await page.getByText('You are signed out').waitFor();
    await check(page, 'signed out');
    await page.context().addCookies(cookies);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText('You are signed out').waitFor({ state: 'detached' });
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Half a name');
  });

  it('stay as wide as their window, whatever names are given', async () => {
    const name = 'endless'.repeat(28);
    const { body } = await pages.platform.admin('POST', '/subscriptions', {
      name,
      description: name,
      eventTypes: ['incident.created'],
      provider: 'webhook',
      config: { url: 'http://127.0.0.1:9/hooks' },
      enabled: false,
    });
    for (const path of [`/subscriptions/${idOf(body)}`, `/subscriptions/${idOf(body)}/edit`]) {
      const page = await pages.open(path, { viewport: { width: 375, height: 700 } });
      await page.getByRole('heading', { level: 1 }).getByText(name).waitFor();
      await check(page, path);
    }
  });

  it('say what is the matter when a screen can’t be loaded', async () => {
    const page = await pages.open('/');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.route('**/assets/*', (route) => route.abort());
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('heading', { name: 'This page did not load' }).waitFor();
  });

  it('open a dialog within their own policy, and close it by Escape', async () => {
    const page = await pages.open('/subscriptions/new');
    const refused = refusedIn(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('Half a name');
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await check(page, 'a dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(refused).toEqual([]);
  });

  it('keep the colours that were chosen', async () => {
    const page = await pages.open('/');
    await page.getByRole('button', { name: 'To dark colours' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'To light colours' }).waitFor();
    expect(await page.evaluate<string>('document.documentElement.dataset.mantineColorScheme')).toBe(
      'dark',
    );
  });

  it('say where nothing is, with the navigation still there', async () => {
    await pages.checkScreen({
      path: '/no/such/page',
      name: 'not-found',
      ready: (page) => page.getByText('There is nothing at this address').waitFor(),
    });
  });

  it('have a navigation that opens on a phone and closes by choosing', async () => {
    const page = await pages.open('/', { viewport: { width: 375, height: 700 } });
    await page.getByRole('button', { name: 'Open the navigation' }).click();
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Open the navigation' }).waitFor();
  });
});
