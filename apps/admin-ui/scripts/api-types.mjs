import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

/** A field with a default may be left out; an object of no known fields may hold any. */
const OPTIONS = { defaultNonNullable: false, emptyObjectsUnknown: true };

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
  writeFileSync(output, astToString(await openapiTS(api, OPTIONS)));
}
