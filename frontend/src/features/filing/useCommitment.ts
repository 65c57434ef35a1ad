import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { getCommitment, openCommitment } from '@/api/commitments'
import { submitFilings } from '@/api/filings'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'
import type { Commitment, FilingRow, SubmitAnswer } from '@/api/types'
import { useCountdown } from '@/shared/useCountdown'
import { blockedByProblem, type Blocked } from './refusals'

/** Milliseconds between two looks at the server's clock while the letter is being read. */
const alignEvery = 15_000
const reopenable = new Set(['commitment.expired', 'commitment.other_ids', 'commitment.not_found'])

/**
 * One signing of the letter of commitment (manual 3.2.2): opened for exactly these filings, read for as
 * long as the server says, ticked, confirmed. Closing the dialog and coming back with the same filings
 * goes on with the same letter while it lasts.
 */
export function useCommitment(submitted: (answer: SubmitAnswer) => void) {
  const { t } = useI18n({ useScope: 'global' })
  const rows = shallowRef<FilingRow[]>([])
  const letter = shallowRef<Commitment | null>(null)
  const open = ref(false)
  const agreed = ref(false)
  const sending = ref(false)
  const spoken = ref('')
  const problem = shallowRef<unknown>(null)
  const refused = shallowRef<Blocked[]>([])
  const opening = new Intent()
  const signing = new Intent()

  const reading = useCountdown((seconds) => {
    spoken.value = seconds > 0 ? t('filing.commitment.left', { n: seconds }) : t('filing.commitment.ready')
  })
  const lasting = useCountdown(() => {})

  const used = computed(() => letter.value?.state === 'used' || code(problem.value) === 'commitment.used')
  const expired = computed(
    () => letter.value !== null && !used.value && (letter.value.state === 'expired' || lasting.done.value || reopenable.has(code(problem.value))),
  )
  const ready = computed(() => letter.value !== null && reading.done.value && !expired.value && !used.value)

  function show(next: Commitment): void {
    letter.value = next
    reading.start(next.ready_at, next.server_time)
    lasting.start(next.expires_at, next.server_time)
  }

  /** Opens the letter for these rows. Rejects with what the server says when it cannot be opened. */
  async function begin(wanted: FilingRow[]): Promise<void> {
    const ids = wanted.map((row) => row.id).sort()
    const old = letter.value
    const again = old && sameIds(old.filing_ids, ids) ? await getCommitment(old.id).catch(() => null) : null
    const usable = again?.state === 'reading' || again?.state === 'ready' ? again : null
    if (!usable) opening.settle()
    const next = usable ?? (await openCommitment(ids, opening.keyFor(ids)))
    rows.value = wanted
    agreed.value = false
    problem.value = null
    refused.value = []
    reading.reset()
    show(next)
    open.value = true
  }

  /** Opens a fresh letter for the same rows, after the old one lapsed. */
  async function reopen(): Promise<void> {
    letter.value = null
    try {
      await begin(rows.value)
    } catch (error) {
      problem.value = error
    }
  }

  async function sign(): Promise<void> {
    const current = letter.value
    if (!current || sending.value || !ready.value || !agreed.value) return
    sending.value = true
    problem.value = null
    const body = { commitment_id: current.id, filing_ids: current.filing_ids, agreed: true }
    try {
      const answer = await submitFilings(body, signing.keyFor(body))
      signing.settle()
      letter.value = null
      open.value = false
      submitted(answer)
    } catch (error) {
      problem.value = error
      if (!(error instanceof ApiProblem)) return
      if (!error.unsettled) signing.settle()
      refused.value = blockedByProblem(error, rows.value)
      if (error.code === 'commitment.not_ready') await align()
    } finally {
      sending.value = false
    }
  }

  /** Takes the server's time again: a sleeping computer does not count. */
  async function align(): Promise<void> {
    const current = letter.value
    if (!current || used.value) return
    try {
      const now = await getCommitment(current.id)
      if (letter.value?.id === now.id) show(now)
    } catch {
      // The countdown goes on by itself; a refusal would come at the signing.
    }
  }

  const woke = () => document.visibilityState === 'visible' && open.value && void align()
  document.addEventListener('visibilitychange', woke)
  const pulse = setInterval(() => open.value && reading.running.value && void align(), alignEvery)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', woke)
    clearInterval(pulse)
  })

  return { rows, letter, open, agreed, sending, spoken, problem, refused, left: reading.left, ready, used, expired, begin, reopen, sign }
}

function code(problem: unknown): string {
  return problem instanceof ApiProblem ? problem.code : ''
}

function sameIds(a: string[], b: string[]): boolean {
  return a.length === b.length && [...a].sort().every((id, i) => id === [...b].sort()[i])
}
