import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetToken } from './access'
import { onSessionLost } from './client'
import { getFiling, submitFilings } from './filings'
import { setLanguage } from './language'
import type { ApiProblem } from './problem'

interface Sent {
  method: string
  path: string
  headers: Headers
  body: string
}
type Answer = (request: Sent) => Response | Promise<Response>

let sent: Sent[]
let answers: { refresh: Answer; other: Answer }
const json = (status: number, value: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers })

beforeEach(() => {
  sent = []
  let n = 0
  answers = {
    refresh: () => json(200, { access_token: `token-${++n}`, expires_in: 600 }),
    other: () => json(200, {}),
  }
  forgetToken()
  onSessionLost(() => Promise.resolve(false))
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(input, location.origin), init)
    const record = {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: await request.clone().text(),
    }
    sent.push(record)
    return record.path.endsWith('/session/refresh') ? answers.refresh(record) : answers.other(record)
  })
})
afterEach(() => vi.unstubAllGlobals())

const others = () => sent.filter((request) => !request.path.endsWith('/session/refresh'))

describe('client', () => {
  it('sends token, language, request id and the key of the intent', async () => {
    setLanguage('en')
    await submitFilings({ commitment_id: 'c', filing_ids: ['f'], agreed: true }, 'key-1')
    const [request] = others()
    expect(request!.headers.get('Authorization')).toBe('Bearer token-1')
    expect(request!.headers.get('Accept-Language')).toBe('en')
    expect(request!.headers.get('Idempotency-Key')).toBe('key-1')
    expect(request!.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    setLanguage('zh-CN')
  })

  it('renews once after a 401 and sends the same request again, body and key included', async () => {
    answers.other = (request) => (request.headers.get('Authorization') === 'Bearer token-1' ? json(401, { code: 'auth.token_expired' }) : json(200, { count: 1 }))
    await submitFilings({ commitment_id: 'c', filing_ids: ['f'], agreed: true }, 'key-1')
    const [first, second] = others()
    expect(second!.headers.get('Authorization')).toBe('Bearer token-2')
    expect(second!.headers.get('Idempotency-Key')).toBe('key-1')
    expect(second!.body).toBe(first!.body)
    expect(second!.body).toContain('"commitment_id":"c"')
  })

  it('turns a refusal into a problem with its errors', async () => {
    answers.other = () =>
      json(409, { code: 'filing.batch_refused', detail: 'no', errors: [{ pointer: '', code: 'x', message: 'm' }], request_id: 'r-1' })
    await expect(getFiling('f')).rejects.toMatchObject({ status: 409, code: 'filing.batch_refused', detail: 'no', requestId: 'r-1' })
  })

  it('calls a lost connection what it is: nobody knows what the server did', async () => {
    answers.other = () => Promise.reject(new TypeError('failed to fetch'))
    const problem = await getFiling('f').catch((error: unknown) => error as ApiProblem)
    expect(problem).toMatchObject({ status: 0, code: 'client.network', unsettled: true })
  })

  it('asks once for several requests when the session is gone, and goes on after signing in again', async () => {
    answers.refresh = () => json(401, { code: 'session.expired' })
    const asked = vi.fn(() => {
      answers.refresh = () => json(200, { access_token: 'fresh', expires_in: 600 })
      return Promise.resolve(true)
    })
    onSessionLost(asked)
    await Promise.all([getFiling('a'), getFiling('b')])
    expect(asked).toHaveBeenCalledTimes(1)
    expect(others().map((request) => request.headers.get('Authorization'))).toEqual(['Bearer fresh', 'Bearer fresh'])
  })

  it('lets the 401 through when the user does not sign in again', async () => {
    answers.refresh = () => json(401, { code: 'session.expired' })
    await expect(getFiling('a')).rejects.toMatchObject({ status: 401, code: 'session.expired' })
  })
})
