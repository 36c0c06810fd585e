/** What of a request says which page it was sent by. */
export interface SentRequest {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Sent by browsers by themselves, whichever page it was that asked. */
const AMBIENT_SCHEME = /^(basic|digest|negotiate|ntlm)\b/i;

/**
 * Why a request may have been sent by another site's page with the user's own cookies; null: it can't
 * have been. Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`), and a page can't
 * make them lie. A token that a page must add itself (`Authorization: Bearer`) proves as much: another
 * site's page may not add it.
 */
export function forgeryProblem(
  { method, headers }: SentRequest,
  trustedOrigins: readonly string[],
): string | null {
  if (SAFE_METHODS.has(method.toUpperCase())) return null;
  const authorization = textOf(headers['authorization']);
  if (authorization !== '' && !AMBIENT_SCHEME.test(authorization)) return null;
  const site = textOf(headers['sec-fetch-site']);
  // `none`: the user's own doing, not a page's.
  if (site === 'same-origin' || site === 'none') return null;
  const origin = textOf(headers['origin']);
  if (origin !== '' && trustedOrigins.includes(origin)) return null;
  if (site !== '') return 'This was sent by a page of another origin.';
  if (origin !== '') {
    // By host: behind a proxy that ends TLS, the scheme is not known here.
    return hostOf(origin) === textOf(headers['host']).toLowerCase()
      ? null
      : 'This was sent by a page of another origin.';
  }
  return headers['cookie'] === undefined && authorization === ''
    ? null
    : 'A change that is authenticated by a cookie needs the header Origin or Sec-Fetch-Site, as browsers send it; a program uses a bearer token.';
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
