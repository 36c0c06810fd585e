import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const alias = [
  {
    find: /^@nest-integrations\/provider-(.+)$/,
    replacement: source('./libs/providers/$1/src/index.ts'),
  },
  { find: /^@nest-integrations\/(.+)$/, replacement: source('./libs/$1/src/index.ts') },
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['libs/**/*.spec.ts', 'apps/**/*.spec.ts'],
          exclude: ['**/dist/**', '**/node_modules/**'],
        },
      },
    ],
  },
});
