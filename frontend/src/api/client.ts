// The one way to the server: language, request id, token, renewal, problems.
import createClient from 'openapi-fetch'
import { accessToken, base, replaceToken } from './access'
import { randomId } from './ids'
import { currentLanguage } from './language'
import { ApiProblem, isAbort, networkProblem, problemOf } from './problem'
import type { paths } from './schema'

const open = new Set([`${base}/meta`])

type Recover = () => Promise<boolean>
let recover: Recover = () => Promise.resolve(false)
let recovering: Promise<boolean> | null = null

/**
 * Called when the session is gone in the middle of work. Answering true means that the user has signed
 * in again and the request is sent once more; false lets the 401 through.
 */
export function onSessionLost(handler: Recover): void {
  recover = handler
}

function recovered(): Promise<boolean> {
  recovering ??= recover().finally(() => (recovering = null))
  return recovering
}

/** Runs `work` with a token; renews once after a 401, and asks the user once when that fails too. */
export async function withToken(work: (token: string) => Promise<Response>): Promise<Response> {
  const once = async () => {
    const token = await accessToken()
    const response = await work(token)
    if (response.status !== 401) return response
    return work(await replaceToken(token))
  }
  let response: Response
  try {
    response = await once()
    if (response.status !== 401) return response
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error
    if (!(await recovered())) throw error
    return once()
  }
  return (await recovered()) ? once() : response
}

async function send(request: Request): Promise<Response> {
  const requestId = randomId()
  const attempt = async (token: string | null) => {
    const copy = new Request(request.clone())
    copy.headers.set('Accept-Language', currentLanguage())
    copy.headers.set('X-Request-Id', requestId)
    if (token) copy.headers.set('Authorization', `Bearer ${token}`)
    try {
      return await fetch(copy)
    } catch (error) {
      if (isAbort(error) || request.signal.aborted) throw error
      throw networkProblem(requestId)
    }
  }
  const path = new URL(request.url).pathname
  const response = open.has(path) ? await attempt(null) : await withToken(attempt)
  if (!response.ok) throw await problemOf(response, requestId)
  return response
}

export const client = createClient<paths>({
  baseUrl: globalThis.location ? new URL(base, location.origin).toString() : base,
  credentials: 'same-origin',
  fetch: send,
  querySerializer: { array: { style: 'form', explode: true } },
})

/** The body of an answer that `send` has already found to be good. */
export function body<T>(answer: { data?: T }): T {
  return answer.data as T
}

/** Raw bytes, for files. */
export async function bytes(path: string, signal?: AbortSignal): Promise<Blob> {
  const response = await send(new Request(new URL(base + path, location.origin), { signal, credentials: 'same-origin' }))
  return response.blob()
}
