import { computed } from 'vue'
import { useDictionaries } from './dictionaries'

/** The server's bounds; the fallbacks are only for the moment before they are known. */
export function useLimits() {
  const store = useDictionaries()
  return computed(
    () =>
      store.meta?.limits ?? {
        batch_max: 500,
        page_max: 200,
        page_default: 20,
        attachment_max_bytes: 10 * 1024 * 1024,
        reading_seconds: 60,
        reason_max: 500,
        statement_min: 10,
        statement_max: 5000,
        evidence_max: 20,
      },
  )
}
