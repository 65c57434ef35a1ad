import { useI18n } from 'vue-i18n'

/** The name of the field behind a JSON pointer, as the page shows it. */
export function useFieldNames() {
  const { t, te } = useI18n({ useScope: 'global' })
  return (pointer: string): string => {
    const [first, second, third] = pointer.replace(/^\//, '').split('/')
    const name = (key: string) => (te(key) ? t(key) : pointer)
    if (first === 'contact' && second) return name(`enterprise.contact.${second}`)
    if (first === 'qualifications' && second && third) {
      return `${t('enterprise.qualification.nth', { n: Number(second) + 1 })} ${name(`enterprise.qualification.${third}`)}`
    }
    return name(`enterprise.field.${first}`)
  }
}
