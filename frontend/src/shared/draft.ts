const prefix = 'zhuce.draft.'

/**
 * What has been typed and not yet saved, kept for this tab alone, so that a reload or a new sign-in
 * loses nothing. Gone once saved, discarded or signed out.
 */
export function readDraft<T>(name: string): T | null {
  try {
    const stored = sessionStorage.getItem(prefix + name)
    return stored ? (JSON.parse(stored) as T) : null
  } catch {
    return null
  }
}

export function writeDraft(name: string, value: unknown): void {
  try {
    sessionStorage.setItem(prefix + name, JSON.stringify(value))
  } catch {
    // Storage is full or switched off: the form works on without the safety net.
  }
}

export function dropDraft(name: string): void {
  try {
    sessionStorage.removeItem(prefix + name)
  } catch {
    // As above.
  }
}

export function clearDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key)
  } catch {
    // As above.
  }
}
