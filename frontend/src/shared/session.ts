import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { forgetToken, hasToken, renew } from '@/api/access'
import { ApiProblem } from '@/api/problem'
import { endSession, getSession, putMatter } from '@/api/session'
import type { Matter, Session } from '@/api/types'

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('zhuce.session')

export type SessionNews = 'signed-in' | 'signed-out'

/** Who is signed in. The token itself stays in the api layer and is never stored. */
export const useSession = defineStore('session', () => {
  const current = ref<Session | null>(null)
  const signedIn = computed(() => current.value !== null)
  let resuming: Promise<boolean> | null = null

  /** Tries the refresh cookie. False when nobody is signed in; rejects when the server cannot be asked. */
  function resume(): Promise<boolean> {
    resuming ??= attempt().finally(() => (resuming = null))
    return resuming
  }

  async function attempt(): Promise<boolean> {
    try {
      if (!hasToken()) await renew()
      current.value = await getSession()
      remember(true)
      return true
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) {
        forget()
        return false
      }
      throw error
    }
  }

  /** Reads the session again, for what a page has just changed in it. */
  async function reload(): Promise<void> {
    current.value = await getSession()
  }

  async function chooseMatter(matter: Matter): Promise<void> {
    current.value = await putMatter(matter)
  }

  function forget(): void {
    forgetToken()
    current.value = null
    remember(false)
  }

  /** Ends the session and answers where to go so that the national login ends too. */
  async function signOut(): Promise<string> {
    const address = await endSession()
    current.value = null
    remember(false)
    tell('signed-out')
    return address
  }

  return { current, signedIn, resume, reload, chooseMatter, forget, signOut }
})

const hint = 'zhuce.session'

/** Whether it is worth asking for the session on a page that needs none; no more than yes or no is kept. */
export function mayBeSignedIn(): boolean {
  try {
    return localStorage.getItem(hint) === 'yes'
  } catch {
    return false
  }
}

function remember(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(hint, 'yes')
    else localStorage.removeItem(hint)
  } catch {
    // Storage is switched off: open pages then simply do not know.
  }
}

/** Tells the other tabs. */
export function tell(news: SessionNews): void {
  channel?.postMessage(news)
}

export function listen(handler: (news: SessionNews) => void): () => void {
  const receive = (event: MessageEvent<SessionNews>) => handler(event.data)
  channel?.addEventListener('message', receive)
  return () => channel?.removeEventListener('message', receive)
}
