import { onScopeDispose, ref } from 'vue'

/** True on phones, where a table does not fit. */
export function useNarrow(query = '(width <= 760px)') {
  const media = window.matchMedia(query)
  const narrow = ref(media.matches)
  const change = () => (narrow.value = media.matches)
  media.addEventListener('change', change)
  onScopeDispose(() => media.removeEventListener('change', change))
  return narrow
}
