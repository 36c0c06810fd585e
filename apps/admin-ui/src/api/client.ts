import createClient from 'openapi-fetch';
import type { paths } from '../../dist/api';
import { mounted } from './mounted';
import { problemOf, toProblem } from './problem';

/** The only way to the server; typed by the API's own document. */
export const api = createClient<paths>({
  baseUrl: mounted.api,
  credentials: 'same-origin',
  // Lists in a query are `status=failed,retrying`.
  querySerializer: { array: { style: 'form', explode: false } },
});

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What a call answered: `answer(api.GET('/deliveries', …))`. @throws ProblemError */
export async function answer<Data>(call: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw toProblem(failure);
  });
  if (!response.ok) throw problemOf(response.status, error);
  return data as NonNullable<Data>;
}

/** For calls that answer nothing (204). @throws ProblemError */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  await answer(call);
}
