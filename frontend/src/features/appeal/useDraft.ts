import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import { getAppeal, putAppealDraft } from '@/api/appeals'
import type { Versioned } from '@/api/enterprise'
import { ApiProblem } from '@/api/problem'
import type { AppealDetail, AppealDraft, AppealFile } from '@/api/types'
import { dropDraft, readDraft, writeDraft } from '@/shared/draft'

/** What the clerk writes. Files keep their names, so that a restored draft can show them. */
export interface Form {
  reason: string
  statement: string
  evidence: AppealFile[]
}

interface Kept {
  form: Form
  etag: string
}

/** Quiet time after the last key before the draft goes to the server, and between attempts that got no answer. */
const pause = 1200
const again = 5000

export const formOf = (appeal: AppealDetail): Form => ({
  reason: appeal.reason ?? '',
  statement: appeal.statement,
  evidence: appeal.evidence.map((file) => ({ ...file })),
})

const draftOf = (form: Form): AppealDraft => ({
  reason: form.reason,
  statement: form.statement,
  evidence: form.evidence.map((file) => ({ attachment_id: file.id, proof: file.proof ?? '' })),
})

const same = (a: Form, b: Form) => JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b))

/**
 * A statement being written. Every change is in the tab's storage at once and with the server a moment later;
 * it leaves the storage only when the server has it. `theirs` is what a colleague saved first.
 */
export function useDraft(id: string, appeal: Ref<AppealDetail | null>) {
  const form = reactive<Form>({ reason: '', statement: '', evidence: [] })
  const base = shallowRef<Form>({ reason: '', statement: '', evidence: [] })
  const etag = ref('')
  const saving = ref(false)
  const restored = ref(false)
  const problem = shallowRef<unknown>(null)
  const theirs = shallowRef<Versioned<AppealDetail> | null>(null)
  const savedAt = ref<string | null>(null)
  const name = `appeal.${id}`
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<boolean> | null = null
  let gone = false

  const dirty = computed(() => appeal.value !== null && !same(form, base.value))
  const offline = computed(() => problem.value instanceof ApiProblem && problem.value.unsettled)
  const state = computed(() => {
    if (theirs.value) return 'conflict'
    if (problem.value) return offline.value ? 'offline' : 'refused'
    if (saving.value) return 'saving'
    if (dirty.value) return 'typing'
    return savedAt.value ? 'saved' : 'empty'
  })

  /** Starts from what was read, with what this tab still holds on top of it. */
  function begin(answer: Versioned<AppealDetail>): void {
    take(answer)
    Object.assign(form, formOf(answer.value))
    const kept = readDraft<Kept>(name)
    if (!kept || same(kept.form, base.value)) return dropDraft(name)
    Object.assign(form, kept.form)
    etag.value = kept.etag // an old one: if somebody saved since, the server says so and both are shown
    restored.value = true
  }

  function take(answer: Versioned<AppealDetail>): void {
    appeal.value = answer.value
    base.value = formOf(answer.value)
    etag.value = answer.etag
    savedAt.value = answer.value.draft_at ?? null
  }

  watch(form, () => {
    if (!appeal.value) return
    if (!dirty.value) return
    writeDraft(name, { form, etag: etag.value } satisfies Kept)
    later(pause)
  })

  function later(ms: number): void {
    clearTimeout(timer)
    if (!gone) timer = setTimeout(() => void save(), ms)
  }

  /** True once the server has what is written. */
  async function save(): Promise<boolean> {
    clearTimeout(timer)
    if (running) {
      await running
      return dirty.value ? save() : !theirs.value
    }
    if (theirs.value) return false
    if (!dirty.value) return true
    running = send().finally(() => (running = null))
    const done = await running
    if (done && dirty.value) later(pause) // typed on meanwhile
    return done
  }

  async function send(): Promise<boolean> {
    saving.value = true
    const sent: Form = JSON.parse(JSON.stringify(form))
    try {
      take(await putAppealDraft(id, draftOf(sent), etag.value))
      settled()
      return true
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412) return await collide(sent)
      problem.value = error
      if (offline.value) later(again)
      return false
    } finally {
      saving.value = false
    }
  }

  function settled(): void {
    problem.value = null
    restored.value = false
    if (dirty.value) writeDraft(name, { form, etag: etag.value } satisfies Kept)
    else dropDraft(name)
  }

  /** Somebody saved first – or it was this draft, whose answer got lost. */
  async function collide(sent: Form): Promise<boolean> {
    try {
      const answer = await getAppeal(id)
      if (!same(formOf(answer.value), sent)) {
        theirs.value = answer
        return false
      }
      take(answer)
      settled()
      return true
    } catch (error) {
      problem.value = error
      if (offline.value) later(again)
      return false
    }
  }

  /** Goes on with my text over theirs, or with theirs. */
  async function settle(side: 'mine' | 'theirs'): Promise<void> {
    const answer = theirs.value
    if (!answer) return
    theirs.value = null
    take(answer)
    if (side === 'theirs') {
      Object.assign(form, formOf(answer.value))
      dropDraft(name)
    } else {
      await save()
    }
  }

  /** Forgets what this tab holds beyond the server's draft. */
  function discard(): void {
    clearTimeout(timer)
    dropDraft(name)
    Object.assign(form, JSON.parse(JSON.stringify(base.value)))
    restored.value = false
    problem.value = null
  }

  const online = () => {
    if (offline.value) void save()
  }
  window.addEventListener('online', online)
  onScopeDispose(() => {
    gone = true
    clearTimeout(timer)
    window.removeEventListener('online', online)
  })

  return { form, etag, dirty, state, saving, restored, problem, theirs, savedAt, begin, save, settle, discard }
}
