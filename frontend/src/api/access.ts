// The access token: in memory only, renewed through the HttpOnly cookie, one renewal at a time.
import { currentLanguage } from './language'
import { networkProblem, problemOf, ApiProblem, isAbort } from './problem'
import { randomId } from './ids'
import type { Grant } from './types'

export const base = '/api/v1'

/** A token this close to its end is renewed first, so that no request leaves with one that dies on the way. */
const marginMs = 30_000

let token: string | null = null
let freshUntil = 0
let renewing: Promise<string> | null = null
let generation = 0

/** The token to send now; renews when there is none or it is about to end. Rejects with a 401 problem when signed out. */
export function accessToken(): Promise<string> {
  if (token && performance.now() < freshUntil) return Promise.resolve(token)
  return renew()
}

/** After a 401: renews unless somebody already did since `used` was sent. */
export function replaceToken(used: string): Promise<string> {
  if (token && token !== used) return Promise.resolve(token)
  token = null
  return renew()
}

export function hasToken(): boolean {
  return token !== null
}

export function forgetToken(): void {
  generation++
  token = null
  freshUntil = 0
  renewing = null
}

/** Trades the refresh cookie for a token. Callers at the same time share one request. */
export function renew(): Promise<string> {
  if (!renewing) {
    const mine = acrossTabs(requestGrant).finally(() => {
      if (renewing === mine) renewing = null
    })
    renewing = mine
  }
  return renewing
}

async function requestGrant(): Promise<string> {
  const started = generation
  const requestId = randomId()
  let response: Response
  try {
    response = await fetch(`${base}/session/refresh`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Accept-Language': currentLanguage(), 'X-Request-Id': requestId },
    })
  } catch (error) {
    if (isAbort(error)) throw error
    throw networkProblem(requestId)
  }
  if (!response.ok) throw await problemOf(response, requestId)
  const grant = (await response.json()) as Grant
  // Signed out while the answer was under way: the token must not come back to life.
  if (started !== generation) throw new ApiProblem({ status: 401, code: 'session.none', requestId })
  token = grant.access_token
  freshUntil = performance.now() + Math.max(grant.expires_in * 1000 - marginMs, 1000)
  return token
}

/**
 * Two tabs share the cookie. If both traded the same one, the server would take the second for a
 * stolen cookie and end the session, so the tabs take turns.
 */
function acrossTabs<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks
  return locks ? (locks.request('zhuce.session.refresh', work) as Promise<T>) : work()
}
