import { computed, shallowRef } from 'vue'

/** Rows ticked in a list. It outlives paging, and keeps the latest state seen of every row. */
export function useSelection<R extends { id: string }>(max: () => number) {
  const picked = shallowRef(new Map<string, R>())
  const rows = computed(() => [...picked.value.values()])
  const ids = computed(() => [...picked.value.keys()])
  const count = computed(() => picked.value.size)
  const room = computed(() => Math.max(max() - count.value, 0))

  const has = (id: string) => picked.value.has(id)

  /** False when there was no room for all; as many as fit are ticked. */
  function add(more: R[]): boolean {
    const next = new Map(picked.value)
    let fitted = true
    for (const row of more) {
      if (!next.has(row.id) && next.size >= max()) fitted = false
      else next.set(row.id, row)
    }
    picked.value = next
    return fitted
  }

  function remove(gone: string[]): void {
    const next = new Map(picked.value)
    for (const id of gone) next.delete(id)
    picked.value = next
  }

  /** Takes over what a fresh answer says of rows already ticked. */
  function refresh(seen: R[]): void {
    if (!seen.some((row) => picked.value.has(row.id))) return
    const next = new Map(picked.value)
    for (const row of seen) if (next.has(row.id)) next.set(row.id, row)
    picked.value = next
  }

  function clear(): void {
    picked.value = new Map()
  }

  return { rows, ids, count, room, has, add, remove, refresh, clear }
}
