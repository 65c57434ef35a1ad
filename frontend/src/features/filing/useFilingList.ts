import { computed, ref, watch } from 'vue'
import { countFilings, listFilings } from '@/api/filings'
import type { FilingPage } from '@/api/types'
import { useSession } from '@/shared/session'
import { useLimits } from '@/shared/limits'
import { useLoad } from '@/shared/useLoad'
import { useTable } from '@/shared/useTable'
import { filterOf, queryOf, readState, writeState, type ListState } from './listState'
import { selection } from './selection'

/**
 * The list of filings. Its state is the address, with one exception: an ID number, and the paging
 * inside its result, stay in memory, since addresses end up in histories and logs.
 */
export function useFilingList() {
  const session = useSession()
  const limits = useLimits()
  const idNumber = ref('')
  const hidden = ref({ page: 1, cursor: '' })
  /** Cursor of every page seen; the server only knows the way forward. */
  const trail = new Map<number, string>()

  const counts = useLoad((signal, state: ListState) =>
    countFilings({ ...filterOf(state, session.current?.matter), status: undefined }, signal),
  )
  const table = useTable<ListState, FilingPage>({
    read: readState,
    write: writeState,
    load: async (state, signal) => {
      // Counting by ID number would put it into an address.
      if (idNumber.value) counts.stop()
      else void counts.run(state)
      const cursor = idNumber.value ? hidden.value.cursor : state.cursor
      const answer = await listFilings(queryOf(state, session.current?.matter, cursor), idNumber.value, signal)
      selection.refresh(answer.items)
      return answer
    },
  })

  const size = computed(() => table.state.value.limit || limits.value.page_default)
  const page = computed(() => (idNumber.value ? hidden.value.page : table.state.value.page))
  const total = computed(() => table.answer.value?.total ?? 0)
  const pages = computed(() => Math.max(1, Math.ceil(total.value / size.value)))
  const hasNext = computed(() => Boolean(table.answer.value?.next_cursor))

  async function turn(to: number, cursor: string): Promise<void> {
    trail.set(to, cursor)
    if (idNumber.value) {
      hidden.value = { page: to, cursor }
      await table.reload()
    } else {
      await table.go({ page: to, cursor })
    }
  }

  const next = () => turn(page.value + 1, table.answer.value?.next_cursor ?? '')

  /** One page back; after opening a shared address in the middle the way back is unknown, and it leads to the start. */
  function back(): Promise<void> {
    const cursor = trail.get(page.value - 1)
    return page.value > 2 && cursor ? turn(page.value - 1, cursor) : turn(1, '')
  }

  /** Any change of what is listed starts at the first page. */
  async function change(to: Partial<ListState>, id = idNumber.value): Promise<void> {
    idNumber.value = id
    hidden.value = { page: 1, cursor: '' }
    trail.clear()
    await table.go({ ...to, page: 1, cursor: '' })
  }

  watch(
    () => session.current?.matter,
    (now, before) => {
      if (now && before && now !== before) void change({})
    },
  )

  return { ...table, counts, idNumber, size, page, pages, total, hasNext, next, back, change }
}
