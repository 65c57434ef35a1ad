import { ref, shallowRef } from 'vue'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'

interface ReasonedOptions<R, A, B> {
  send: (rows: R[], reason: string, key: string) => Promise<A>
  done: (answer: A, rows: R[]) => void
  /** The records that a refusal names. */
  refused?: (problem: ApiProblem, rows: R[]) => B[]
}

/** Something done to records after ReasonDialog asked: sent once however often it is pressed, and open until it is answered. */
export function useReasoned<R extends { id: string }, A, B = never>(options: ReasonedOptions<R, A, B>) {
  const rows = shallowRef<R[]>([])
  const open = ref(false)
  const reason = ref('')
  const sending = ref(false)
  const problem = shallowRef<unknown>(null)
  const refused = shallowRef<B[]>([])
  const intent = new Intent()

  function begin(wanted: R[]): void {
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
    const told = reason.value.trim()
    const key = intent.keyFor([rows.value.map((row) => row.id), told])
    try {
      const answer = await options.send(rows.value, told, key)
      intent.settle()
      open.value = false
      options.done(answer, rows.value)
    } catch (error) {
      problem.value = error
      if (!(error instanceof ApiProblem)) return
      if (!error.unsettled) intent.settle()
      refused.value = options.refused?.(error, rows.value) ?? []
    } finally {
      sending.value = false
    }
  }

  return { rows, open, reason, sending, problem, refused, begin, send }
}
