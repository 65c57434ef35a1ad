import { computed, ref, shallowRef, watch } from 'vue'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'
import { lookUpQualification, supplementFilings } from '@/api/qualifications'
import type { FilingRow, SupplementAnswer } from '@/api/types'
import { useLoad } from '@/shared/useLoad'
import { blockedByProblem, type Blocked } from './refusals'

/**
 * Supplementing the qualification of pre-registrations (manual 3.2.6): the register is asked first, and says
 * what is needed. What was typed and uploaded stays through every refusal and every new look-up.
 */
export function useSupplement(done: (answer: SupplementAnswer, rows: FilingRow[]) => void) {
  const rows = shallowRef<FilingRow[]>([])
  const open = ref(false)
  const look = useLoad((signal) => lookUpQualification(signal))
  const chosen = ref('')
  const number = ref('')
  const scan = ref<string | null>(null)
  const sending = ref(false)
  const problem = shallowRef<unknown>(null)
  const refused = shallowRef<Blocked[]>([])
  const intent = new Intent()
  const typed = computed(() => look.value.value?.asked_for === 'number_and_scan')

  async function lookUp(): Promise<void> {
    problem.value = null
    await look.run()
    const found = look.value.value?.certificates ?? []
    if (!found.some((certificate) => certificate.certificate_number === chosen.value)) {
      chosen.value = found.length === 1 ? found[0]!.certificate_number : ''
    }
  }

  function begin(wanted: FilingRow[]): void {
    rows.value = wanted
    chosen.value = number.value = ''
    scan.value = null
    problem.value = null
    refused.value = []
    open.value = true
    void lookUp()
  }

  async function send(): Promise<void> {
    if (sending.value) return
    sending.value = true
    problem.value = null
    refused.value = []
    const request = {
      filing_ids: rows.value.map((row) => row.id),
      certificate_number: typed.value ? number.value.trim() : chosen.value,
      ...(typed.value && scan.value ? { attachment_id: scan.value } : {}),
    }
    try {
      const answer = await supplementFilings(request, intent.keyFor(request))
      intent.settle()
      open.value = false
      done(answer, rows.value)
    } catch (error) {
      problem.value = error
      if (!(error instanceof ApiProblem)) return
      if (!error.unsettled) intent.settle()
      refused.value = blockedByProblem(error, rows.value)
    } finally {
      sending.value = false
    }
  }

  /** The server's message for a field; its pointers are those of the request. */
  const at = (pointer: string): string =>
    problem.value instanceof ApiProblem ? (problem.value.errors.find((entry) => entry.pointer === pointer)?.message ?? '') : ''

  // A new file answers what was said of the old one, or of none.
  watch(scan, (now) => {
    if (now && at('/attachment_id')) problem.value = null
  })

  return { rows, open, look, chosen, number, scan, typed, sending, problem, refused, lookUp, begin, send, at }
}
