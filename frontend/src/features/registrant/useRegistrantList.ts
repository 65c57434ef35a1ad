import { watch } from 'vue'
import { countRegistrants, listRegistrants } from '@/api/registrants'
import type { RegistrantPage } from '@/api/types'
import { useSession } from '@/shared/session'
import { useCursorList } from '@/shared/useCursorList'
import { useLoad } from '@/shared/useLoad'
import { filterOf, queryOf, readState, writeState, type ListState } from './listState'

/** The list of registrants, with how many stand where beside it. */
export function useRegistrantList() {
  const session = useSession()
  const counts = useLoad((signal, state: ListState) =>
    countRegistrants({ ...filterOf(state, session.current?.matter), status: undefined }, signal),
  )
  const list = useCursorList<ListState, RegistrantPage>({
    read: readState,
    write: writeState,
    load: (state, { cursor, idNumber }, signal) => {
      // Counting by ID number would put it into an address.
      if (idNumber) counts.stop()
      else void counts.run(state)
      return listRegistrants(queryOf(state, session.current?.matter, cursor), idNumber, signal)
    },
  })

  watch(
    () => session.current?.matter,
    (now, before) => {
      if (now && before && now !== before) void list.change({})
    },
  )

  return { ...list, counts }
}
