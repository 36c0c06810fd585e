/** Whether a request's path is a mounted one or below it, in the case-blind way that routers match. */
export function isBelow(path: string, mount: string): boolean {
  const lower = path.toLowerCase();
  const base = mount.toLowerCase();
  return lower === base || lower.startsWith(`${base}/`);
}
