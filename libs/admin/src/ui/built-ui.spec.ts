import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BuiltUi } from './built-ui.js';

describe('the built pages', () => {
  let directory: string;
  let ui: BuiltUi;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nest-integrations-ui-'));
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'secret.js'), 'outside');
    for (const [name, content] of [
      ['a.js', 'plain'],
      ['a.js.br', 'small'],
      ['a.js.gz', 'zipped'],
      ['a.woff2', 'font'],
    ] as const) {
      await writeFile(join(directory, 'assets', name), content);
    }
    ui = new BuiltUi(directory);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    ['gzip, deflate, br', 'br', 'small'],
    ['gzip', 'gzip', 'zipped'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'zipped'],
    ['', null, 'plain'],
  ])('answer in the best form that %o takes', (acceptEncoding, encoding, content) => {
    const asset = ui.asset('a.js', acceptEncoding);
    expect(asset).toMatchObject({ encoding, mediaType: 'text/javascript; charset=utf-8' });
    expect(asset?.content.toString()).toBe(content);
  });

  it('are all that can be asked for', () => {
    for (const name of ['../secret.js', '..%2fsecret.js', 'b.js', 'a.js.br', 'constructor', '']) {
      expect(ui.asset(name, 'br')).toBeNull();
    }
  });

  it('are told to be missing, where they have not been built', () => {
    expect(ui.document).toBeNull();
    expect(new BuiltUi(join(directory, 'nowhere')).document).toBeNull();
  });
});
