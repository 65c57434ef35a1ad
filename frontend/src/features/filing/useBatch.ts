import { ref, shallowRef } from 'vue'
import { checkFilings } from '@/api/filings'
import type { FilingRow } from '@/api/types'
import { blockedByCheck, blockedRows, type BatchAction, type Blocked } from './refusals'

/**
 * The way into an action on several filings: rows that do not allow it are named before anything is
 * sent, then the server is asked in a dry run, and only then does the action itself begin.
 */
export function useBatch(action: BatchAction, begin: (rows: FilingRow[]) => Promise<void> | void) {
  const rows = shallowRef<FilingRow[]>([])
  const blocked = shallowRef<Blocked[]>([])
  const problem = shallowRef<unknown>(null)
  const busy = ref(false)

  async function start(wanted: FilingRow[]): Promise<void> {
    if (busy.value || wanted.length === 0) return
    rows.value = wanted
    problem.value = null
    blocked.value = blockedRows(wanted, action)
    if (blocked.value.length > 0) return
    busy.value = true
    try {
      const answer = await checkFilings(
        action,
        wanted.map((row) => row.id),
      )
      blocked.value = blockedByCheck(answer.refusals ?? [], wanted)
      if (blocked.value.length === 0) await begin(wanted)
    } catch (error) {
      problem.value = error
    } finally {
      busy.value = false
    }
  }

  /** The rows that nothing stands in the way of. */
  const rest = () => rows.value.filter((row) => !blocked.value.some((entry) => entry.id === row.id))

  function cancel(): void {
    blocked.value = []
    problem.value = null
  }

  return { rows, blocked, problem, busy, start, rest, cancel }
}
