import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const MOUNT = '/admin/integrations';

/**
 * The client's types. Paths lose the mount: the pages learn at run time where the API stands.
 * @param {string} document
 * @param {string} output
 */
export async function writeApiTypes(document, output) {
  const api = JSON.parse(readFileSync(document, 'utf8'));
  api.paths = Object.fromEntries(
    Object.entries(api.paths).map(([path, item]) => {
      if (!path.startsWith(`${MOUNT}/`)) throw new Error(`${path} is not below ${MOUNT}`);
      return [path.slice(MOUNT.length), item];
    }),
  );
  writeFileSync(output, astToString(await openapiTS(api)));
}
