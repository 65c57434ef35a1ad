import { computed, onScopeDispose, reactive } from 'vue'
import { uploadAttachment } from '@/api/attachments'
import { randomId } from '@/api/ids'
import { isAbort } from '@/api/problem'
import type { AppealFile } from '@/api/types'

/** A file on its way, or one that did not arrive and can be sent again. */
export interface Upload {
  key: string
  file: File
  proof: string
  part: number
  failure: unknown
}

/** Files that are sent one by one, each with its progress; a failed one stays until it is sent again or let go. */
export function useEvidence(arrived: (file: AppealFile) => void) {
  const uploads = reactive<Upload[]>([])
  const running = new Map<string, AbortController>()
  const busy = computed(() => uploads.some((upload) => upload.failure === null))

  function add(files: File[], proof: string): void {
    for (const file of files) {
      uploads.push({ key: randomId(), file, proof, part: 0, failure: null })
      void send(uploads.at(-1)!)
    }
  }

  /** The same key as before: had the first attempt arrived after all, it is the same file. */
  async function send(upload: Upload): Promise<void> {
    const control = new AbortController()
    running.set(upload.key, control)
    upload.failure = null
    upload.part = 0
    try {
      const stored = await uploadAttachment(upload.file, {
        key: upload.key,
        signal: control.signal,
        onProgress: (part) => (upload.part = part),
      })
      drop(upload)
      arrived({ ...stored, proof: upload.proof as AppealFile['proof'] })
    } catch (error) {
      if (isAbort(error)) drop(upload)
      else upload.failure = error
    } finally {
      running.delete(upload.key)
    }
  }

  function drop(upload: Upload): void {
    const i = uploads.findIndex((entry) => entry.key === upload.key)
    if (i >= 0) uploads.splice(i, 1)
  }

  function cancel(upload: Upload): void {
    const control = running.get(upload.key)
    if (control) control.abort()
    else drop(upload)
  }

  onScopeDispose(() => running.forEach((control) => control.abort()))
  return { uploads, busy, add, send, cancel }
}
