import type { HttpClient, SandboxFetch, SandboxFetched } from '@nest-integrations/core';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_CALLS = 20;

/** `fetch` of one run: guarded and recorded as any provider's call, and not too often. */
export function fetchBy(http: HttpClient): (request: SandboxFetch) => Promise<SandboxFetched> {
  let calls = 0;
  return async ({ method, url, headers, body }) => {
    if (++calls > MAX_CALLS) throw new Error(`a script may fetch ${MAX_CALLS} times`);
    const known = METHODS.find((each) => each === method);
    if (!known) throw new Error(`the method must be one of ${METHODS.join(', ')}`);
    const response = await http.request(known, url, {
      headers,
      ...(body !== null && { body }),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      body: response.text(),
    };
  };
}
