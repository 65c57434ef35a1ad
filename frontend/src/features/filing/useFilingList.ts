import { watch } from 'vue'
import { countFilings, listFilings } from '@/api/filings'
import type { FilingPage } from '@/api/types'
import { useSession } from '@/shared/session'
import { useCursorList } from '@/shared/useCursorList'
import { useLoad } from '@/shared/useLoad'
import { filterOf, queryOf, readState, writeState, type ListState } from './listState'
import { selection } from './selection'

/** The list of filings, with how many stand where beside it. */
export function useFilingList() {
  const session = useSession()
  const counts = useLoad((signal, state: ListState) =>
    countFilings({ ...filterOf(state, session.current?.matter), status: undefined, pre_registration: undefined, withdrawal: undefined, overdue: undefined }, signal),
  )
  const awaiting = useLoad((signal, state: ListState) =>
    countFilings({ ...filterOf(state, session.current?.matter), status: undefined, withdrawal: undefined, overdue: undefined, pre_registration: 'awaiting_qualification' }, signal),
  )
  const list = useCursorList<ListState, FilingPage>({
    read: readState,
    write: writeState,
    load: async (state, { cursor, idNumber }, signal) => {
      // Counting by ID number would put it into an address.
      for (const count of [counts, awaiting]) {
        if (idNumber) count.stop()
        else void count.run(state)
      }
      const answer = await listFilings(queryOf(state, session.current?.matter, cursor), idNumber, signal)
      selection.refresh(answer.items)
      return answer
    },
  })

  watch(
    () => session.current?.matter,
    (now, before) => {
      if (now && before && now !== before) void list.change({})
    },
  )

  return { ...list, counts, awaiting }
}
