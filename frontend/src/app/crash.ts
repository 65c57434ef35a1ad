import { shallowRef } from 'vue'

/** An error that no page dealt with. */
export const crash = shallowRef<unknown>(null)
