import { onScopeDispose, ref, shallowRef } from 'vue'
import { isAbort } from '@/api/problem'

/**
 * Loads something that may be asked for again before the first answer is there. Only the last request
 * counts: the one before is aborted, and should its answer come all the same, it is dropped. A failure
 * empties the value, so that old data never stands beside an error.
 */
export function useLoad<T, A extends unknown[]>(load: (signal: AbortSignal, ...args: A) => Promise<T>) {
  const value = shallowRef<T | null>(null)
  const problem = shallowRef<unknown>(null)
  const loading = ref(false)
  let running: AbortController | null = null

  async function run(...args: A): Promise<void> {
    running?.abort()
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

  onScopeDispose(stop)
  return { value, problem, loading, run, stop }
}
