/** Headers whose values are secrets, whoever uses them. */
const SECRET_HEADERS = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'api-key',
  'apikey',
  'x-api-key',
  'x-auth-token',
  'x-access-token',
  'x-gitlab-token',
  'x-amz-security-token',
]);

/** Names of query parameters that hold secrets by the look of them. */
const SECRET_PARAMETER =
  /(^|[_.-])(token|secret|passw(or)?d|pwd|pass|key|apikey|sig|signature|auth|authorization|credentials?|jwt|sas|code)($|[_.-])|(token|secret|password|signature|apikey|accesskey|privatekey)$/i;

/** `name` in lower case. */
export function isWellKnownSecretHeader(name: string): boolean {
  return SECRET_HEADERS.has(name) || name.startsWith('proxy-auth');
}

export function isSecretParameter(name: string): boolean {
  return SECRET_PARAMETER.test(name);
}
