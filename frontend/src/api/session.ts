import { base, forgetToken } from './access'
import { body, client } from './client'
import { currentLanguage } from './language'
import type { Matter, Session } from './types'

/** The address that starts a sign-in; the browser goes there, it is not fetched. */
export function loginAddress(matter: Matter, returnTo: string): string {
  const query = new URLSearchParams({ matter, return_to: returnTo, ui_locale: currentLanguage() })
  return `${base}/session/login?${query}`
}

export async function getSession(): Promise<Session> {
  return body(await client.GET('/session'))
}

export async function putMatter(matter: Matter): Promise<Session> {
  return body(await client.PUT('/session/matter', { body: { matter } }))
}

/** Ends the session here; the address answered ends it at the national login too. */
export async function endSession(): Promise<string> {
  const answer = body(await client.DELETE('/session'))
  forgetToken()
  return answer.end_session_url
}
