import { useLabels } from '@/shared/dictionaries'

/** The legal bases of decisions, by their codes, in the language shown now. */
export function useGrounds() {
  const { named, store } = useLabels()
  return {
    ground(code: string): { article: string; text: string } {
      const found = store.meta?.legal_bases.find((g) => g.value === code)
      if (!found) return { article: code, text: '' }
      return { article: named({ zh: found.article_zh, en: found.article_en }), text: named({ zh: found.text_zh, en: found.text_en }) }
    },
  }
}
