/**
 * A path of this application, or the fallback. The value comes from the address bar, so anything that
 * a browser could take for another site (`//host`, `/\host`, a scheme) is refused.
 */
export function safeReturnTo(value: unknown, fallback: string): string {
  if (typeof value !== 'string' || !value.startsWith('/') || /^\/[/\\]/.test(value)) return fallback
  try {
    const target = new URL(value, location.origin)
    if (target.origin !== location.origin || target.pathname.startsWith('/api/')) return fallback
    return target.pathname + target.search + target.hash
  } catch {
    return fallback
  }
}
