import { createI18n } from 'vue-i18n'
import { ref } from 'vue'
import type { Language as PlusLanguage } from 'element-plus/es/locale/index.mjs'
import { setLanguage, type Language } from '@/api/language'
import zh from './zh-CN'

type Catalogue = typeof zh
const storageKey = 'zhuce.language'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  missingWarn: import.meta.env.DEV,
  fallbackWarn: import.meta.env.DEV,
  messages: { 'zh-CN': zh } as Record<string, Catalogue>,
})

/** The words inside Element Plus; undefined is its built-in English. */
export const plusLanguage = ref<PlusLanguage | undefined>()

export async function useLanguage(next: Language): Promise<void> {
  if (next === 'en') {
    const { default: en } = await import('./en')
    i18n.global.setLocaleMessage('en', en)
    plusLanguage.value = undefined
  } else {
    plusLanguage.value = (await import('element-plus/es/locale/lang/zh-cn.mjs')).default
  }
  i18n.global.locale.value = next
  setLanguage(next)
  document.documentElement.lang = next
  try {
    localStorage.setItem(storageKey, next)
  } catch {
    // Storage may be switched off; the choice then lasts for this visit.
  }
}

export function rememberedLanguage(): Language {
  try {
    return localStorage.getItem(storageKey) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}
