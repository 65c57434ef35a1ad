import { ref, shallowRef } from 'vue'
import { returnFilings } from '@/api/filings'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'
import type { FilingRow, ReturnAnswer } from '@/api/types'
import { blockedByProblem, type Blocked } from './refusals'

/** Returning filings to the person, with a reason (manual 3.2.3). */
export function useReturn(returned: (answer: ReturnAnswer, rows: FilingRow[]) => void) {
  const rows = shallowRef<FilingRow[]>([])
  const open = ref(false)
  const reason = ref('')
  const sending = ref(false)
  const problem = shallowRef<unknown>(null)
  const refused = shallowRef<Blocked[]>([])
  const intent = new Intent()

  function begin(wanted: FilingRow[]): void {
    rows.value = wanted
    reason.value = ''
    problem.value = null
    refused.value = []
    open.value = true
  }

  async function send(): Promise<void> {
    if (sending.value) return
    sending.value = true
    problem.value = null
    const body = { filing_ids: rows.value.map((row) => row.id), reason: reason.value.trim() }
    try {
      const answer = await returnFilings(body, intent.keyFor(body))
      intent.settle()
      open.value = false
      returned(answer, rows.value)
    } catch (error) {
      problem.value = error
      if (!(error instanceof ApiProblem)) return
      if (!error.unsettled) intent.settle()
      refused.value = blockedByProblem(error, rows.value)
    } finally {
      sending.value = false
    }
  }

  return { rows, open, reason, sending, problem, refused, begin, send }
}
