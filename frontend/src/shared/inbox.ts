import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { countUnread } from '@/api/messages'
import { ApiProblem } from '@/api/problem'
import { readStream, type StreamEvent } from '@/api/stream'
import type { Message, UnreadMessages } from '@/api/types'
import { somebodyThere } from './activity'

const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** A stream that lived this long was a good one: the next break begins with a short pause again. */
const goodMs = 30_000

type News = { session: string; name: 'message'; message: Message } | { session: string; name: 'unread'; unread: UnreadMessages }

/**
 * What is unread, kept up to date by a stream. One tab of the browser holds the stream and tells the others; when
 * it is closed another takes over. A break is silent: what was missed comes with the next connection.
 */
export const useInbox = defineStore('inbox', () => {
  const state = shallowRef<UnreadMessages | null>(null)
  const unread = computed(() => state.value?.total ?? 0)
  const listeners = new Set<(message: Message) => void>()
  const session = ref('')
  let running: AbortController | null = null
  let channel: BroadcastChannel | null = null

  function take(news: News): void {
    if (news.session !== session.value) return
    if (news.name === 'unread') state.value = news.unread
    else listeners.forEach((listener) => listener(news.message))
  }

  function tell(news: News): void {
    take(news)
    channel?.postMessage(news)
  }

  /** Begins for a session, or goes on when it is the same. */
  function start(id: string): void {
    if (session.value === id) return
    stop()
    session.value = id
    running = new AbortController()
    const { signal } = running
    if (typeof BroadcastChannel !== 'undefined') {
      channel = new BroadcastChannel('zhuce.messages')
      channel.onmessage = (event: MessageEvent<News>) => take(event.data)
    }
    void load(signal).then(() => alone(`zhuce.messages.${id}`, signal, () => follow(id, signal)))
  }

  function stop(): void {
    running?.abort()
    running = null
    channel?.close()
    channel = null
    session.value = ''
    state.value = null
  }

  async function load(signal: AbortSignal): Promise<void> {
    try {
      const answer = await countUnread(signal)
      if (!signal.aborted && !state.value) state.value = answer
    } catch {
      // The stream brings it as well.
    }
  }

  async function follow(id: string, signal: AbortSignal): Promise<void> {
    let last = state.value?.position ?? '' // so that nothing is missed when another tab handed over
    let pause = firstPauseMs
    const receive = (event: StreamEvent) => {
      last = event.id || last
      if (event.name === 'message') tell({ session: id, name: 'message', message: JSON.parse(event.data) as Message })
      if (event.name === 'unread') tell({ session: id, name: 'unread', unread: JSON.parse(event.data) as UnreadMessages })
    }
    while (!signal.aborted) {
      await somebodyThere(signal)
      const opened = performance.now()
      try {
        await readStream('/messages/stream', last, receive, signal)
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 401) return // signed out; whoever signs in starts anew
      }
      if (performance.now() - opened > goodMs) pause = firstPauseMs
      await rest(pause * (0.5 + Math.random()), signal)
      pause = Math.min(pause * 2, longestPauseMs)
    }
  }

  /** What this tab has just read, before the stream says so. */
  function set(answer: UnreadMessages): void {
    if (session.value) tell({ session: session.value, name: 'unread', unread: answer })
  }

  function onMessage(listener: (message: Message) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return { state, unread, start, stop, set, onMessage }
})

/** Runs the work in one tab at a time; the next one takes it over when that closes. */
async function alone(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks
  if (!locks) return work()
  try {
    await locks.request(name, { signal }, work)
  } catch {
    // Stopped while another tab had it.
  }
}

/** A pause that ends early when the network is back. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
