import { computed, onScopeDispose, shallowReactive, type Ref } from 'vue'

const held = shallowReactive(new Set<Ref<boolean>>())

/** Marks something the user would lose: while any is true, an expired session asks instead of leaving the page. */
export function useWorkInHand(holds: Ref<boolean>): void {
  held.add(holds)
  onScopeDispose(() => held.delete(holds))
}

export const workInHand = computed(() => [...held].some((holds) => holds.value))
