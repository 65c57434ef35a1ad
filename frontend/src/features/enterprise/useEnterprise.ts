import { computed, onScopeDispose, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import { getEnterprise, putEnterprise, type Versioned } from '@/api/enterprise'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'
import type { Enterprise, EnterpriseForm } from '@/api/types'
import { dropDraft, readDraft, writeDraft } from '@/shared/draft'
import { useLoad } from '@/shared/useLoad'
import { editable, same } from './form'
import { merged, type Side } from './merge'

interface Draft {
  form: EnterpriseForm
  base: EnterpriseForm
  etag: string
}

const blank = editable({ contact: {} } as EnterpriseForm)

/** The enterprise being edited: what was read, what is typed, the draft, and the two ways a save can go wrong. */
export function useEnterprise() {
  const form = reactive(editable(blank))
  const base = shallowRef(editable(blank))
  const etag = ref('')
  const restored = ref(false)
  const saving = ref(false)
  /** What somebody else saved meanwhile; set until the user has chosen. */
  const theirs = shallowRef<Versioned<Enterprise> | null>(null)
  const intent = new Intent()
  const { value: stored, problem, loading, run } = useLoad((signal) => getEnterprise(signal))
  const enterprise = shallowRef<Enterprise | null>(null)
  let latest: Versioned<Enterprise> | null = null
  const dirty = computed(() => enterprise.value !== null && !same(form, base.value))
  const draftName = () => `enterprise.${enterprise.value?.id}`

  watch(stored, (answer) => {
    if (!answer) return
    take(answer)
    const draft = readDraft<Draft>(draftName())
    if (draft && !same(draft.form, editable(answer.value))) {
      Object.assign(form, editable(draft.form))
      base.value = editable(draft.base)
      etag.value = draft.etag // an old one: if somebody saved since, the server says so and both are shown
      restored.value = true
    }
  })

  function take(answer: Versioned<Enterprise>): void {
    latest = answer
    enterprise.value = answer.value
    base.value = editable(answer.value)
    Object.assign(form, editable(answer.value))
    etag.value = answer.etag
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  watch([form, base], () => {
    clearTimeout(timer)
    timer = setTimeout(keepDraft, 300)
  })
  onScopeDispose(() => clearTimeout(timer))

  function keepDraft(): void {
    if (!enterprise.value) return
    if (dirty.value) writeDraft(draftName(), { form: toRaw(form), base: base.value, etag: etag.value } satisfies Draft)
    else dropDraft(draftName())
  }

  function discard(): void {
    clearTimeout(timer)
    dropDraft(draftName())
    restored.value = false
    if (latest) take(latest)
  }

  /** True when saved. False when somebody else had saved first: `theirs` then holds it. Rejects with any other problem. */
  async function save(): Promise<boolean> {
    if (saving.value) return false
    saving.value = true
    const body = editable(toRaw(form))
    try {
      const answer = await putEnterprise(body, etag.value, intent.keyFor({ body, etag: etag.value }))
      intent.settle()
      clearTimeout(timer)
      take(answer)
      dropDraft(draftName())
      restored.value = false
      return true
    } catch (error) {
      if (!(error instanceof ApiProblem && error.unsettled)) intent.settle()
      if (!(error instanceof ApiProblem) || error.status !== 412) throw error
      theirs.value = await getEnterprise()
      return false
    } finally {
      saving.value = false
    }
  }

  /** Goes on from their version with my choices on top; nothing is saved by this. */
  function settle(choices: Record<string, Side>): void {
    const answer = theirs.value
    if (!answer) return
    const next = merged(editable(toRaw(form)), editable(answer.value), choices)
    take(answer)
    Object.assign(form, next)
    theirs.value = null
  }

  return { form, base, enterprise, dirty, restored, saving, theirs, problem, loading, load: run, save, settle, discard }
}
