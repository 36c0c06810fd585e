import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { providerPages } from './provider-docs/provider-pages.js';

const folder = new URL('../../../docs/providers/', import.meta.url);
await mkdir(folder, { recursive: true });
const pages = await providerPages();
for (const [name, text] of pages) await writeFile(new URL(name, folder), text);
console.log(`${pages.size} pages are written to docs/providers`);
