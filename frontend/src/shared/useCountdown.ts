import { computed, onScopeDispose, ref } from 'vue'

interface Clock {
  /** Milliseconds that never jump, whatever happens to the wall clock. */
  now: () => number
  every: (ms: number, tick: () => void) => () => void
}

const browserClock: Clock = {
  now: () => performance.now(),
  every: (ms, tick) => {
    const handle = setInterval(tick, ms)
    return () => clearInterval(handle)
  },
}

/** Seconds left at which the time is spoken. */
const spoken = [60, 30, 10, 0]

/**
 * Counts down to a moment of the server's clock. The user's clock may be wrong by hours, so only the
 * distance between two server times is used, measured from when the answer came. It can end late by
 * the answer's travel time, never early.
 */
export function useCountdown(speak: (seconds: number) => void, clock: Clock = browserClock) {
  const left = ref(0)
  const running = ref(false)
  let end = 0
  let lastSpoken = Infinity
  let halt: (() => void) | null = null

  function tick(): void {
    left.value = Math.max(0, Math.ceil((end - clock.now()) / 1000))
    // A throttled tab may skip a second: speak the mark that was passed, once.
    const passed = spoken.filter((mark) => left.value <= mark && mark < lastSpoken)
    if (passed.length > 0) {
      lastSpoken = Math.min(...passed)
      speak(left.value)
    }
    if (left.value === 0) stop()
  }

  /** Also used to set a running countdown right after the tab has slept. */
  function start(until: string, serverTime: string): void {
    stop()
    end = clock.now() + (Date.parse(until) - Date.parse(serverTime))
    left.value = Math.max(0, Math.ceil((end - clock.now()) / 1000))
    if (lastSpoken === Infinity) {
      lastSpoken = left.value
      speak(left.value)
    } else {
      tick()
    }
    if (left.value === 0) return
    running.value = true
    halt = clock.every(250, tick)
  }

  function stop(): void {
    halt?.()
    halt = null
    running.value = false
  }

  function reset(): void {
    stop()
    left.value = 0
    lastSpoken = Infinity
  }

  onScopeDispose(stop)
  return { left, running, done: computed(() => left.value === 0), start, stop, reset }
}
