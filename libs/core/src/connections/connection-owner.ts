/** What a connection's ciphertexts are bound to. */
export function connectionOwner(connectionId: string): string {
  return `connection:${connectionId}`;
}
