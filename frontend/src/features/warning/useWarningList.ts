import { watch } from 'vue'
import { listWarnings, summarizeWarnings } from '@/api/warnings'
import type { WarningPage } from '@/api/types'
import { useSession } from '@/shared/session'
import { useCursorList } from '@/shared/useCursorList'
import { useLoad } from '@/shared/useLoad'
import { countedBy, queryOf, readState, writeState, type ListState } from './listState'

/** The list of warnings, and the counts for the picture above it. */
export function useWarningList() {
  const session = useSession()
  const summary = useLoad((signal, state: ListState) => summarizeWarnings(countedBy(state, session.current?.matter), signal))
  const list = useCursorList<ListState, WarningPage>({
    read: readState,
    write: writeState,
    load: (state, { cursor }, signal) => {
      void summary.run(state)
      return listWarnings(queryOf(state, session.current?.matter, cursor), signal)
    },
  })

  watch(
    () => session.current?.matter,
    (now, before) => {
      if (now && before && now !== before) void list.change({})
    },
  )

  return { ...list, summary }
}
