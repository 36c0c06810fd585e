/** An event's id: its hook, under the namespace once: `incident` + `incident.created` adds nothing. */
export function eventIdOf(hook: string, namespace: string | undefined): string {
  return namespace === undefined || hook.startsWith(`${namespace}.`)
    ? hook
    : `${namespace}.${hook}`;
}
