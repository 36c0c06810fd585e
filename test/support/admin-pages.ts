import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { startChromium } from './chromium.js';
import { ADMIN_TOKEN, PlatformProcess } from './platform.js';
import { freshDatabase } from './postgres.js';
import { freePort } from './redis.js';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const DESK = { width: 1280, height: 860 };
const PHONE = { width: 375, height: 760 };

export interface OpenOptions {
  readonly scheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface Screen {
  /** Below the UI's root: `/deliveries`. */
  readonly path: string;
  /** Of its screenshots: `deliveries` gives `deliveries-light.png`, `…-dark.png`, `…-phone.png`. */
  readonly name: string;
  /** Resolves once all that should be seen is there. */
  readonly ready: (page: Page) => Promise<unknown>;
}

/** The real platform, and a browser signed in to its admin pages. */
export class AdminPages {
  private readonly contexts: BrowserContext[] = [];

  private constructor(
    readonly platform: PlatformProcess,
    readonly origin: string,
    private readonly browser: Browser,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  static async start(): Promise<AdminPages> {
    const database = await freshDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), 'nest-integrations-pages-'));
    const port = await freePort();
    const platform = await PlatformProcess.start({ port, dataDir, databaseUrl: database.url });
    return new AdminPages(platform, `http://127.0.0.1:${port}`, await startChromium(), async () => {
      await platform.kill('SIGTERM');
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.cleanUp();
  }

  /** An address of the pages: `/deliveries`. */
  url(path: string): string {
    return `${this.origin}/admin/integrations/ui${path}`;
  }

  /** A page of a browser of its own, signed in; what breaks in it fails the test that asks. */
  async open(path: string, { scheme = 'light', viewport = DESK }: OpenOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      colorScheme: scheme,
      viewport,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    this.contexts.push(context);
    const signedIn = await context.request.post(`${this.origin}/session`, {
      data: { token: ADMIN_TOKEN },
    });
    expect(signedIn.status()).toBe(201);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(this.url(path));
    return page;
  }

  /** Someone without a session. */
  async openAsStranger(path: string): Promise<Page> {
    const context = await this.browser.newContext({ viewport: DESK });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${this.origin}${path}`);
    return page;
  }

  async closePages(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  /**
   * A screen holds up: nothing for axe to find in light, dark and on a phone, nothing that runs out of a
   * phone's width, nothing that the content security policy refused. With `SCREENSHOTS=1` it is
   * kept in `docs/images`.
   */
  async checkScreen({ path, name, ready }: Screen): Promise<void> {
    for (const [suffix, options] of [
      ['light', { scheme: 'light' }],
      ['dark', { scheme: 'dark' }],
      ['phone', { scheme: 'light', viewport: PHONE }],
    ] as const) {
      const page = await this.open('/', options);
      const refused = refusedIn(page);
      await page.goto(this.url(path));
      await ready(page);
      await check(page, `${name}, ${suffix}`);
      expect(refused, `${name}, ${suffix}`).toEqual([]);
      if (process.env['SCREENSHOTS'] === '1') {
        await mkdir(IMAGES, { recursive: true });
        await page.screenshot({ path: join(IMAGES, `${name}-${suffix}.png`) });
      }
      await page.context().close();
    }
  }
}

/** What axe finds on a page as it is now, in words; and whether it is wider than the window. */
export async function check(page: Page, name: string): Promise<void> {
  // Evaluated by the debugger: so the page's own policy stays as strict as it is.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
  );
  expect(
    violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html} — ${failureSummary ?? ''}`),
    })),
    name,
  ).toEqual([]);
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(overflow, `${name}: wider than its window`).toBeLessThanOrEqual(0);
}

/** Filled with what the policy refused, and with errors that nothing caught. */
export function refusedIn(page: Page): string[] {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) refused.push(message.text());
  });
  page.on('pageerror', (error) => refused.push(error.message));
  return refused;
}
