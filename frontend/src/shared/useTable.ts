import { computed, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery, type LocationQueryRaw } from 'vue-router'
import { useLoad } from './useLoad'

interface TableOptions<S, T> {
  /** The list's state from the address, with defaults for what it does not say. */
  read: (query: LocationQuery) => S
  /** The address for a state; defaults are left out, so that addresses stay short. */
  write: (state: S) => LocationQueryRaw
  load: (state: S, signal: AbortSignal) => Promise<T>
}

/** A list whose filters, sorting and page live in the address: reload, back and a shared link show the same rows. */
export function useTable<S extends object, T>(options: TableOptions<S, T>) {
  const route = useRoute()
  const router = useRouter()
  const home = route.name
  const state = computed(() => options.read(route.query))
  const { value: answer, problem, loading, run } = useLoad((signal, wanted: S) => options.load(wanted, signal))

  /** Changes the state; unchanged addresses load again, since the user pressed the button. */
  async function go(change: Partial<S>): Promise<void> {
    const query = options.write({ ...state.value, ...change })
    const target = router.resolve({ name: home ?? undefined, params: route.params, query })
    if (target.fullPath === route.fullPath) return run(state.value)
    await router.push(target)
  }

  const reload = () => run(state.value)

  watch(
    () => route.query,
    () => {
      if (route.name === home) void run(state.value)
    },
    { immediate: true },
  )

  return { state, answer, problem, loading, go, reload }
}
