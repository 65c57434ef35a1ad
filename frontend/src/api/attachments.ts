import { base } from './access'
import { bytes, withToken } from './client'
import { randomId } from './ids'
import { currentLanguage } from './language'
import { networkProblem, problemOf } from './problem'
import type { Attachment } from './types'

export function attachmentContent(id: string, signal?: AbortSignal): Promise<Blob> {
  return bytes(`/attachments/${encodeURIComponent(id)}/content`, signal)
}

interface UploadOptions {
  key: string
  /** 0 to 1. */
  onProgress: (part: number) => void
  signal?: AbortSignal
}

/** Uploads through XMLHttpRequest, since fetch cannot tell how much has been sent. */
export async function uploadAttachment(file: File, options: UploadOptions): Promise<Attachment> {
  const requestId = randomId()
  const response = await withToken((token) => sendFile(file, token, requestId, options))
  if (!response.ok) throw await problemOf(response, requestId)
  return (await response.json()) as Attachment
}

function sendFile(file: File, token: string, requestId: string, options: UploadOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', `${base}/attachments`)
    xhr.setRequestHeader('Authorization', `Bearer ${token}`)
    xhr.setRequestHeader('Accept-Language', currentLanguage())
    xhr.setRequestHeader('X-Request-Id', requestId)
    xhr.setRequestHeader('Idempotency-Key', options.key)
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress(event.loaded / event.total)
    }
    xhr.onload = () => resolve(new Response(xhr.responseText, { status: xhr.status, headers: headersOf(xhr) }))
    xhr.onerror = () => reject(networkProblem(requestId))
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'))
    options.signal?.addEventListener('abort', () => xhr.abort(), { once: true })
    const form = new FormData()
    form.append('file', file, file.name)
    xhr.send(form)
  })
}

function headersOf(xhr: XMLHttpRequest): Headers {
  const headers = new Headers()
  for (const name of ['Content-Type', 'X-Request-Id', 'Retry-After']) {
    const value = xhr.getResponseHeader(name)
    if (value) headers.set(name, value)
  }
  return headers
}
