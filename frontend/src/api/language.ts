export type Language = 'zh-CN' | 'en'

let language: Language = 'zh-CN'

/** The language that the server is asked to answer in. */
export function currentLanguage(): Language {
  return language
}

export function setLanguage(next: Language): void {
  language = next
}
