import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { useCountdown } from './useCountdown'

function stage() {
  let now = 1_000_000
  let tick: (() => void) | null = null
  const spoken: number[] = []
  const clock = {
    now: () => now,
    every: (_: number, run: () => void) => {
      tick = run
      return () => (tick = null)
    },
  }
  const countdown = effectScope().run(() => useCountdown((seconds) => spoken.push(seconds), clock))!
  /** Lets time pass, with a tick every `step` seconds. */
  const pass = (seconds: number, step = 1) => {
    for (let i = 0; i < seconds; i += step) {
      now += step * 1000
      tick?.()
    }
  }
  return { countdown, spoken, pass, ticking: () => tick !== null }
}

const at = (seconds: number) => new Date(Date.UTC(2001, 0, 1) + seconds * 1000).toISOString()

describe('useCountdown', () => {
  it('counts the distance between two server times, whatever the user’s clock says', () => {
    const { countdown, pass } = stage()
    countdown.start(at(60), at(0))
    expect(countdown.left.value).toBe(60)
    pass(59)
    expect([countdown.left.value, countdown.done.value]).toEqual([1, false])
    pass(1)
    expect([countdown.left.value, countdown.done.value]).toEqual([0, true])
  })

  it('speaks at 60, 30, 10 and 0, each once', () => {
    const { countdown, spoken, pass } = stage()
    countdown.start(at(60), at(0))
    pass(70, 0.25)
    expect(spoken).toEqual([60, 30, 10, 0])
  })

  it('speaks the start of a shorter one, then the marks below it', () => {
    const { countdown, spoken, pass } = stage()
    countdown.start(at(20), at(0))
    pass(20)
    expect(spoken).toEqual([20, 10, 0])
  })

  it('speaks one mark when a sleeping tab skips several', () => {
    const { countdown, spoken, pass } = stage()
    countdown.start(at(60), at(0))
    pass(52, 52)
    expect(spoken).toEqual([60, 8])
  })

  it('can be set right by a newer answer without speaking twice', () => {
    const { countdown, spoken, pass } = stage()
    countdown.start(at(60), at(0))
    pass(5)
    countdown.start(at(60), at(40))
    expect(countdown.left.value).toBe(20)
    pass(20)
    expect(spoken).toEqual([60, 20, 10, 0])
  })

  it('stops ticking at the end, and is over at once when the moment is past', () => {
    const { countdown, spoken, pass, ticking } = stage()
    countdown.start(at(2), at(0))
    pass(2)
    expect(ticking()).toBe(false)
    countdown.reset()
    countdown.start(at(0), at(5))
    expect([countdown.done.value, spoken.at(-1), ticking()]).toEqual([true, 0, false])
  })
})
