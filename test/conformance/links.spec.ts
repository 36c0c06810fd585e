import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PASSED_OVER = new Set(['node_modules', 'dist', '.git', 'data', 'ui']);
/** `[text](target)` and `![text](target)`, less titles and anchors. */
const LINK = /\]\(([^)\s#]+)(?:#[^)\s]*)?(?:\s[^)]*)?\)/g;

function pagesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (PASSED_OVER.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function linksOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...text.matchAll(LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

describe('the documentation', () => {
  const pages = pagesBelow(ROOT);

  it('is more than a page', () => {
    expect(pages.length).toBeGreaterThan(20);
  });

  it.each(pages.map((page) => [relative(ROOT, page), page] as const))(
    'links to nothing that is not there: %s',
    (_, page) => {
      const broken = linksOf(page).filter((target) => !existsSync(join(dirname(page), target)));
      expect(broken).toEqual([]);
    },
  );
});
