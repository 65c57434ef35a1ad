import { nextTick, ref } from 'vue'

export const announcement = ref('')

/** Says something through the page's live region; the same sentence twice is spoken twice. */
export function announce(text: string): void {
  announcement.value = ''
  void nextTick(() => (announcement.value = text))
}
