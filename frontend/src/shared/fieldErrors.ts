import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import type { FieldError } from '@/api/types'

/** Messages by JSON pointer, as the server names fields. */
export interface FieldErrors {
  entries: ShallowRef<FieldError[]>
  at: (pointer: string) => string
}

const key: InjectionKey<FieldErrors> = Symbol('field errors')

export function provideFieldErrors(): FieldErrors {
  const entries = shallowRef<FieldError[]>([])
  // An error of a list's entry ("/industries/1") belongs to the control of the list when it has no own.
  const at = (pointer: string) =>
    entries.value.find((entry) => entry.pointer === pointer)?.message ??
    entries.value.find((entry) => entry.pointer.startsWith(`${pointer}/`) && !entry.pointer.slice(pointer.length + 1).includes('/'))?.message ??
    ''
  const errors = { entries, at }
  provide(key, errors)
  return errors
}

export function useFieldErrors(): FieldErrors {
  const errors = inject(key)
  if (!errors) throw new Error('no field errors provided above this component')
  return errors
}

/** The id of the control for a pointer. */
export function controlId(pointer: string): string {
  return `field${pointer.replaceAll('/', '-')}`
}

/** The id of the control that a pointer leads to, or of the nearest one above it; empty when there is none. */
export function nearestControl(pointer: string): string {
  for (let at = pointer; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
    const id = controlId(at)
    if (document.getElementById(id)) return id
  }
  return ''
}
