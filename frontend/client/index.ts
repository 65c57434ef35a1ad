// A client of the Zhuce API for another system: a machine client with an id and a
// secret. Paths, bodies and answers are typed by the contract (schema.d.ts, `npm run gen`);
// this file adds the token, patience, refusals and the check of webhooks. It uses
// nothing but fetch and Web Crypto, so it runs in Node.js, Deno and workers.
import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema'

export type { components, paths } from './schema'
export type Problem = components['schemas']['Problem']
export type ZhuceEvent = components['schemas']['Event']

export interface Options {
  /** The installation's address, without /api/v1. */
  address: string
  clientId: string
  clientSecret: string
  /** None asks for all that are granted. */
  scopes?: string[]
  /** A token in the name of one enterprise that granted this client rights over its records. */
  unifiedSocialCreditCode?: string
  /** How often a request is sent again when the answer is 429 or 503; 3 unless said. */
  tries?: number
  /** The longest wait that is kept to, in seconds; 30 unless said. */
  longestWait?: number
}

/** A refusal of the product. `code` is for programs and never changes its meaning; `message` is for people. */
export class ZhuceError extends Error {
  readonly code: string
  readonly status: number
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ZhuceError'
    this.code = problem.code
    this.status = problem.status
  }
}

/** Makes a client; tokens are fetched when they are needed and renewed before they end. */
export function createZhuce(o: Options): Client<paths> {
  const base = o.address.replace(/\/$/, '') + '/api/v1'
  let token = ''
  let goodUntil = 0
  let fetching: Promise<string> | undefined

  async function fetchToken(): Promise<string> {
    const form = new URLSearchParams({ grant_type: 'client_credentials' })
    if (o.scopes?.length) form.set('scope', o.scopes.join(' '))
    if (o.unifiedSocialCreditCode) form.set('unified_social_credit_code', o.unifiedSocialCreditCode)
    const credentials = btoa(encodeURIComponent(o.clientId) + ':' + encodeURIComponent(o.clientSecret))
    const answer = await patiently(new Request(base + '/exchange/token', { method: 'POST', body: form, headers: { Authorization: 'Basic ' + credentials } }))
    const body: unknown = await answer.json()
    if (!answer.ok) throw new ZhuceError(body as Problem)
    const issued = body as components['schemas']['TokenResponse']
    token = issued.access_token
    goodUntil = Date.now() + (issued.expires_in - 30) * 1000
    return token
  }

  async function patiently(request: Request): Promise<Response> {
    for (let n = 0; ; n++) {
      const answer = await fetch(request.clone())
      const wait = Number(answer.headers.get('Retry-After') ?? Number.NaN)
      const again = answer.status === 429 || answer.status === 503
      if (!again || Number.isNaN(wait) || n >= (o.tries ?? 3) || wait > (o.longestWait ?? 30)) return answer
      await answer.body?.cancel()
      await new Promise((resolve) => setTimeout(resolve, wait * 1000))
    }
  }

  const client = createClient<paths>({ baseUrl: base, fetch: patiently })
  client.use({
    async onRequest({ request }) {
      if (Date.now() >= goodUntil) await (fetching ??= fetchToken().finally(() => { fetching = undefined }))
      request.headers.set('Authorization', 'Bearer ' + token)
      return request
    },
  })
  return client
}

/** Gives what was answered, or throws what was refused. */
export async function taken<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) {
    const problem = error as Problem | undefined
    if (problem?.code) throw new ZhuceError(problem)
    throw new Error(`the answer is ${response.status}, and no problem document`)
  }
  return data as T
}

/**
 * Checks a delivery by Standard Webhooks 1.0 before anything in it is believed. The body is the one
 * that came, byte for byte; secrets are those that the product gave ("whsec_…"), two while one is replaced.
 */
export async function verifyWebhook(headers: Headers, body: string, secrets: string[], now = Date.now()): Promise<boolean> {
  const id = headers.get('webhook-id')
  const stamp = headers.get('webhook-timestamp')
  if (!id || !stamp || !/^[0-9]+$/.test(stamp) || Math.abs(now / 1000 - Number(stamp)) > 300) return false
  const signed = new TextEncoder().encode(`${id}.${stamp}.${body}`)
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', bytes(secret.replace(/^whsec_/, '')), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    for (const one of (headers.get('webhook-signature') ?? '').split(' ')) {
      const [version, text = ''] = one.split(',')
      if (version === 'v1' && /^[A-Za-z0-9+/]+=*$/.test(text) && await crypto.subtle.verify('HMAC', key, bytes(text), signed)) return true
    }
  }
  return false
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
}
