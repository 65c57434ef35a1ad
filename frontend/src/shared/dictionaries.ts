import { defineStore } from 'pinia'
import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { getMeta } from '@/api/meta'
import type { Label, Meta } from '@/api/types'

type Listed = { [K in keyof Meta]: Meta[K] extends Label[] ? K : never }[keyof Meta]

/** The server's words and bounds. Everything that names a value asks here, so the browser keeps no list of its own. */
export const useDictionaries = defineStore('dictionaries', () => {
  const meta = ref<Meta | null>(null)
  let loading: Promise<Meta> | null = null

  async function load(): Promise<Meta> {
    if (meta.value) return meta.value
    loading ??= getMeta().finally(() => (loading = null))
    meta.value = await loading
    return meta.value
  }

  return { meta, load }
})

export interface Choice {
  value: string
  label: string
}

/** Names in the language shown now. */
export function useLabels() {
  const store = useDictionaries()
  const { locale } = useI18n({ useScope: 'global' })

  const named = (entry: { zh: string; en: string }) => (locale.value === 'en' ? entry.en : entry.zh)

  /** An unknown value is shown as it is: better than an empty cell after the server learnt a new one. */
  function label(list: Listed, value: string | null | undefined): string {
    if (!value) return ''
    const found = (store.meta?.[list] as Label[] | undefined)?.find((entry) => entry.value === value)
    return found ? named(found) : value
  }

  function choices(list: Listed): Choice[] {
    return ((store.meta?.[list] as Label[] | undefined) ?? []).map((entry) => ({
      value: entry.value,
      label: named(entry),
    }))
  }

  return { label, choices, named, store }
}
