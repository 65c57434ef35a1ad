import { computed, ref } from 'vue'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { useLimits } from './limits'
import type { Paging } from './listAddress'
import { useTable } from './useTable'

export interface CursorPage {
  total: number
  next_cursor?: string | null
}

interface CursorListOptions<S extends Paging, P extends CursorPage> {
  read: (query: LocationQuery) => S
  write: (state: S) => LocationQueryRaw
  /** The page at the cursor, which is not always the state's: see idNumber. */
  load: (state: S, at: { cursor: string; idNumber: string }, signal: AbortSignal) => Promise<P>
}

/**
 * A list that the server pages by cursors. Its state is the address, with one exception: an ID number,
 * and the paging inside its result, stay in memory, since addresses end up in histories and logs.
 */
export function useCursorList<S extends Paging, P extends CursorPage>(options: CursorListOptions<S, P>) {
  const limits = useLimits()
  const idNumber = ref('')
  const hidden = ref({ page: 1, cursor: '' })
  /** Cursor of every page seen; the server only knows the way forward. */
  const trail = new Map<number, string>()

  const table = useTable<S, P>({
    read: options.read,
    write: options.write,
    load: (state, signal) =>
      options.load(state, { cursor: idNumber.value ? hidden.value.cursor : state.cursor, idNumber: idNumber.value }, signal),
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
      await table.go({ page: to, cursor } as Partial<S>)
    }
  }

  const next = () => turn(page.value + 1, table.answer.value?.next_cursor ?? '')

  /** One page back; after opening a shared address in the middle the way back is unknown, and it leads to the start. */
  function back(): Promise<void> {
    const cursor = trail.get(page.value - 1)
    return page.value > 2 && cursor ? turn(page.value - 1, cursor) : turn(1, '')
  }

  /** Any change of what is listed starts at the first page. */
  async function change(to: Partial<S>, id = idNumber.value): Promise<void> {
    idNumber.value = id
    hidden.value = { page: 1, cursor: '' }
    trail.clear()
    await table.go({ ...to, page: 1, cursor: '' })
  }

  const resize = (limit: number) => change({ limit } as Partial<S>)

  return { ...table, idNumber, size, page, pages, total, hasNext, next, back, change, resize }
}
