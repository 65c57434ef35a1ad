import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiProblem, isAbort } from '@/api/problem'

/**
 * Loads something that may be asked for again before the first answer is there. Only the last request
 * counts: the one before is aborted, and should its answer come all the same, it is dropped. A failure
 * empties the value, so that old data never stands beside an error. What failed for want of a network is asked
 * for again when the network is back.
 */
export function useLoad<T, A extends unknown[]>(load: (signal: AbortSignal, ...args: A) => Promise<T>) {
  const value = shallowRef<T | null>(null)
  const problem = shallowRef<unknown>(null)
  const loading = ref(false)
  let running: AbortController | null = null
  let again = () => Promise.resolve()

  async function run(...args: A): Promise<void> {
    running?.abort()
    again = () => run(...args)
    const mine = new AbortController()
    running = mine
    loading.value = true
    problem.value = null
    try {
      const answer = await load(mine.signal, ...args)
      if (running === mine) value.value = answer
    } catch (error) {
      if (running !== mine || (isAbort(error) && mine.signal.aborted)) return
      value.value = null
      problem.value = error
    } finally {
      if (running === mine) loading.value = false
    }
  }

  function stop(): void {
    running?.abort()
    running = null
    loading.value = false
  }

  function back(): void {
    if (problem.value instanceof ApiProblem && problem.value.status === 0) void again()
  }

  window.addEventListener('online', back)
  onScopeDispose(() => {
    window.removeEventListener('online', back)
    stop()
  })
  return { value, problem, loading, run, stop }
}
