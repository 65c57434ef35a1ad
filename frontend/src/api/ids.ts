/** A random UUID. `crypto.randomUUID` exists only in secure contexts; a test server on a LAN is none. */
export function randomId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * One Idempotency-Key for one thing the user wants. Pressing twice, or again after a lost answer,
 * sends the same key, so the server does it once; a changed body or a settled answer takes a new one.
 */
export class Intent {
  private key = ''
  private of = ''

  keyFor(body: unknown): string {
    const fingerprint = JSON.stringify(body)
    if (!this.key || this.of !== fingerprint) {
      this.key = randomId()
      this.of = fingerprint
    }
    return this.key
  }

  settle(): void {
    this.key = ''
  }
}
