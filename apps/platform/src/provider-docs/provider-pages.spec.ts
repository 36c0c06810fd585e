import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fieldTables } from './field-rows.js';
import { providerPages } from './provider-pages.js';

const folder = new URL('../../../../docs/providers/', import.meta.url);
/** Written by hand. */
const OWN = ['write-your-own.md'];

describe('docs/providers', () => {
  it('has a current page of every provider, and none of another (npm run docs:providers)', async () => {
    const pages = await providerPages();
    const files = (await readdir(folder)).filter((name) => !OWN.includes(name));
    expect(files.toSorted()).toEqual([...pages.keys()].toSorted());
    for (const [name, text] of pages) {
      expect(await readFile(new URL(name, folder), 'utf8'), name).toBe(text);
    }
  });

  it('says of every provider how to set it up, its fields and what is sent', async () => {
    const pages = await providerPages();
    for (const [name, text] of pages) {
      if (name === 'README.md') continue;
      expect(text, name).toMatch(
        /^# .+[\s\S]+^## .+[\s\S]+^## Config of a subscription$[\s\S]+^## What is sent$/m,
      );
    }
  });
});

describe('the fields of a schema', () => {
  it('are there for each form that it may have, nested ones with their path', () => {
    const [bot, hook] = fieldTables({
      oneOf: [
        {
          properties: {
            method: { const: 'bot' },
            token: { type: 'string', 'x-secret': true, description: 'Of the bot.' },
          },
          required: ['method', 'token'],
        },
        {
          properties: {
            method: { const: 'hook' },
            auth: { type: 'object', properties: { user: { type: 'string', default: 'me' } } },
          },
          required: ['method', 'auth'],
        },
      ],
    });
    expect(bot).toMatchObject({
      form: 'method: bot',
      rows: [{ path: 'method' }, { path: 'token', isRequired: true, isSecret: true }],
    });
    expect(hook?.rows.at(-1)).toMatchObject({
      path: 'auth.user',
      isRequired: false,
      description: 'Default `me`.',
    });
  });
});
