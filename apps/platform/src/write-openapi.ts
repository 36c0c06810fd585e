import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { offlineIntegrationOpenApi } from '@nest-integrations/admin';
import { ADMIN_PATH } from './platform.module.js';

const file = new URL('../../../docs/openapi.json', import.meta.url);
const document = await offlineIntegrationOpenApi({ path: ADMIN_PATH });
await mkdir(new URL('.', file), { recursive: true });
await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
console.log('docs/openapi.json is written');
