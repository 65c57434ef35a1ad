import { effectScope, watch } from 'vue'
import type { FilingRow } from '@/api/types'
import { useDictionaries } from '@/shared/dictionaries'
import { useSelection } from '@/shared/useSelection'

/** The ticked filings. Kept beside the page, so that looking at one of them does not lose the others. */
export const selection = effectScope(true).run(() =>
  useSelection<FilingRow>(() => useDictionaries().meta?.limits.batch_max ?? 500),
)!

let owner = ''

/** Ticks belong to an enterprise; another one starts with none. */
export function bindSelection(enterpriseId: () => string | undefined): void {
  watch(
    enterpriseId,
    (now) => {
      if (now && now !== owner) selection.clear()
      if (now) owner = now
    },
    { immediate: true },
  )
}
