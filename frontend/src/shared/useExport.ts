import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { checkExport, exportContent, getExport, removeExport, startExport } from '@/api/exports'
import { Intent } from '@/api/ids'
import { ApiProblem } from '@/api/problem'
import type { ExportPreview, ExportRecord, ExportSource } from '@/api/types'
import { saveFile } from './saveFile'
import { useLoad } from './useLoad'

/** How often a running export is asked after. */
export const askEvery = 700

/**
 * One export from asking to the file (manual 3.3.2). It goes on without us: leaving only ends the asking after it.
 */
export function useExport() {
  const source = shallowRef<ExportSource | null>(null)
  const record = shallowRef<ExportRecord | null>(null)
  const problem = shallowRef<unknown>(null)
  const busy = ref(false)
  const preview = useLoad((signal, of: ExportSource): Promise<ExportPreview> => checkExport({ ...of, masked: true, reason: '' }, signal))
  const intent = new Intent()
  let timer: ReturnType<typeof setTimeout> | undefined

  const running = computed(() => record.value?.state === 'queued' || record.value?.state === 'running')
  /** 0 to 100, of one that runs. */
  const percent = computed(() => {
    const now = record.value
    return now && now.rows_total > 0 ? Math.min(100, Math.floor((100 * now.rows_done) / now.rows_total)) : 0
  })

  function begin(of: ExportSource): void {
    leave()
    source.value = of
    record.value = null
    problem.value = null
    void preview.run(of)
  }

  function leave(): void {
    clearTimeout(timer)
    timer = undefined
  }

  async function once(work: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      await work()
    } catch (error) {
      problem.value = error
      if (error instanceof ApiProblem && !error.unsettled) intent.settle()
    } finally {
      busy.value = false
    }
  }

  const start = (masked: boolean, reason: string): Promise<void> =>
    once(async () => {
      const asked = { ...source.value!, masked, reason: masked ? '' : reason.trim() }
      record.value = await startExport(asked, intent.keyFor(asked))
      intent.settle()
      watchOver(record.value.id)
    })

  function watchOver(id: string): void {
    leave()
    if (!running.value) return
    timer = setTimeout(() => void ask(id), askEvery)
  }

  async function ask(id: string): Promise<void> {
    try {
      const now = await getExport(id)
      if (record.value?.id !== id || timer === undefined) return
      record.value = now
    } catch (error) {
      problem.value = error // asked again all the same: a lost answer is not the export's end
    }
    if (timer !== undefined) watchOver(id)
  }

  const cancel = (): Promise<void> =>
    once(async () => {
      const id = record.value!.id
      leave()
      await removeExport(id)
      record.value = await getExport(id)
    })

  const download = (): Promise<void> =>
    once(async () => {
      const { id, file_name: name } = record.value!
      saveFile(await exportContent(id), name)
    })

  onScopeDispose(leave)
  return { preview, record, problem, busy, running, percent, begin, start, cancel, download, leave }
}
