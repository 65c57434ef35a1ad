// Whether somebody is there. A page that is left open must not keep its session alive by itself.

const idleMs = 30 * 60_000
const tellMs = 60_000

let last = Date.now()
let told = 0
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('zhuce.activity')
const waiting = new Set<() => void>()

function seen(): void {
  last = Date.now()
  waiting.forEach((go) => go())
  waiting.clear()
}

function used(): void {
  seen()
  if (last - told < tellMs) return
  told = last
  channel?.postMessage('used')
}

for (const event of ['pointerdown', 'keydown', 'focus'] as const) window.addEventListener(event, used, { capture: true, passive: true })
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') used()
})
channel?.addEventListener('message', seen)

/** Resolves at once while this page or another tab of it was used within half an hour, else when it is used again. */
export function somebodyThere(signal: AbortSignal): Promise<void> {
  if (Date.now() - last < idleMs || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    waiting.add(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
