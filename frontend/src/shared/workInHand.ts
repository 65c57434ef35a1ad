import { computed, onScopeDispose, shallowReactive, type Ref } from 'vue'

interface Hold {
  holds: Ref<boolean>
  /** Typed and unsaved: the browser asks before the tab closes. */
  unsaved: boolean
}

const held = shallowReactive(new Set<Hold>())

/** Marks something the user would lose: while any is true, an expired session asks instead of leaving the page. */
export function useWorkInHand(holds: Ref<boolean>, unsaved = false): void {
  const hold = { holds, unsaved }
  held.add(hold)
  onScopeDispose(() => held.delete(hold))
}

export const workInHand = computed(() => [...held].some((hold) => hold.holds.value))

/** The user has agreed to lose it all (signing out). */
export function letWorkGo(): void {
  held.clear()
}

window.addEventListener('beforeunload', (event) => {
  if ([...held].some((hold) => hold.unsaved && hold.holds.value)) event.preventDefault()
})
