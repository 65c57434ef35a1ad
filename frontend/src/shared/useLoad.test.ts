import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { ApiProblem, networkProblem } from '@/api/problem'
import { useLoad } from './useLoad'

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

const scoped: typeof useLoad = (load) => effectScope().run(() => useLoad(load))!

describe('useLoad', () => {
  it('drops the answer of an older request that comes late, and aborts it', async () => {
    const calls = [deferred<string>(), deferred<string>()]
    const signals: AbortSignal[] = []
    const { value, loading, run } = scoped((signal, i: number) => {
      signals.push(signal)
      return calls[i]!.promise
    })
    const first = run(0)
    const second = run(1)
    expect(signals[0]!.aborted).toBe(true)
    calls[1]!.resolve('new')
    await second
    calls[0]!.resolve('old')
    await first
    expect(value.value).toBe('new')
    expect(loading.value).toBe(false)
  })

  it('does not let an older failure spoil a newer answer', async () => {
    const calls = [deferred<string>(), deferred<string>()]
    const { value, problem, run } = scoped((_, i: number) => calls[i]!.promise)
    const first = run(0)
    const second = run(1)
    calls[1]!.resolve('new')
    calls[0]!.reject(new Error('old'))
    await Promise.all([first, second])
    expect([value.value, problem.value]).toEqual(['new', null])
  })

  it('shows a failure as a failure and not as an old or empty list', async () => {
    let fail = false
    const { value, problem, run } = scoped(() => (fail ? Promise.reject(new Error('down')) : Promise.resolve(['row'])))
    await run()
    fail = true
    await run()
    expect(value.value).toBeNull()
    expect(problem.value).toEqual(new Error('down'))
  })

  it('stops with its component', () => {
    let seen: AbortSignal | undefined
    const scope = effectScope()
    scope.run(() =>
      useLoad((signal) => {
        seen = signal
        return new Promise<never>(() => {})
      }).run(),
    )
    scope.stop()
    expect(seen!.aborted).toBe(true)
  })

  it('asks again when the network is back, and only then', async () => {
    const failures: unknown[] = [networkProblem('request-1'), new ApiProblem({ status: 500, code: 'server.fault', requestId: 'request-2' })]
    let asked = 0
    const { value, problem, run } = scoped(async (_, what: string) => {
      asked++
      const failure = failures.shift()
      if (failure) throw failure
      return what
    })
    await run('rows')
    expect(problem.value).toBeInstanceOf(ApiProblem)
    window.dispatchEvent(new Event('online'))
    await Promise.resolve()
    await Promise.resolve()
    expect(asked).toBe(2)
    window.dispatchEvent(new Event('online')) // our own fault is no matter of the network
    await Promise.resolve()
    expect(asked).toBe(2)
    await run('rows')
    window.dispatchEvent(new Event('online'))
    expect([asked, value.value]).toEqual([3, 'rows'])
  })
})
