import type { FieldError, Problem } from './types'

/** A refusal by the server, or a request that never got an answer (status 0, code `client.network`). */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  /** The server's sentence in the user's language; empty when the answer carried none. */
  readonly detail: string
  readonly errors: FieldError[]
  readonly requestId: string
  /** Seconds, from Retry-After; null when the server did not say. */
  readonly retryAfter: number | null

  constructor(fields: {
    status: number
    code: string
    detail?: string
    errors?: FieldError[]
    requestId?: string
    retryAfter?: number | null
  }) {
    super(fields.code)
    this.name = 'ApiProblem'
    this.status = fields.status
    this.code = fields.code
    this.detail = fields.detail ?? ''
    this.errors = fields.errors ?? []
    this.requestId = fields.requestId ?? ''
    this.retryAfter = fields.retryAfter ?? null
  }

  /** True when nothing is known about what the server did, so the same intent may be sent again with the same key. */
  get unsettled(): boolean {
    return this.status === 0 || this.status >= 500 || this.code === 'idempotency.in_progress'
  }
}

export function networkProblem(requestId: string): ApiProblem {
  return new ApiProblem({ status: 0, code: 'client.network', requestId })
}

/** Builds the problem from a status and a body; anything that is not a problem document keeps only its status. */
export function problemFrom(
  status: number,
  body: string,
  headers: { requestId: string; retryAfter: string | null },
): ApiProblem {
  let parsed: Partial<Problem> = {}
  try {
    const value: unknown = JSON.parse(body)
    if (value && typeof value === 'object') parsed = value as Partial<Problem>
  } catch {
    // A proxy in between may answer in HTML; the status is all there is.
  }
  const seconds = Number(headers.retryAfter)
  return new ApiProblem({
    status,
    code: parsed.code ?? `client.http_${status}`,
    detail: parsed.detail || parsed.title || '',
    errors: Array.isArray(parsed.errors) ? parsed.errors : [],
    requestId: parsed.request_id ?? headers.requestId,
    retryAfter: headers.retryAfter && Number.isFinite(seconds) ? seconds : null,
  })
}

export async function problemOf(response: Response, requestId: string): Promise<ApiProblem> {
  return problemFrom(response.status, await response.text().catch(() => ''), {
    requestId: response.headers.get('X-Request-Id') ?? requestId,
    retryAfter: response.headers.get('Retry-After'),
  })
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
