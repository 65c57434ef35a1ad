import { useI18n } from 'vue-i18n'

// The registration runs on Chinese time, wherever the browser stands.
const timeZone = 'Asia/Shanghai'

export function useFormat() {
  const { locale, t } = useI18n({ useScope: 'global' })

  function time(value: string | null | undefined): string {
    if (!value) return ''
    const at = new Date(value)
    if (Number.isNaN(at.getTime())) return value
    return new Intl.DateTimeFormat(locale.value === 'en' ? 'en-GB' : 'zh-CN', {
      timeZone,
      year: 'numeric',
      month: locale.value === 'en' ? 'short' : '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
    }).format(at)
  }

  /** The day alone, in Chinese time. */
  function day(value: string | null | undefined): string {
    if (!value) return ''
    const at = new Date(value)
    if (Number.isNaN(at.getTime())) return value
    return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
  }

  function size(bytes: number): string {
    if (bytes < 1024) return t('unit.bytes', { n: bytes })
    if (bytes < 1024 * 1024) return t('unit.kilobytes', { n: Math.round(bytes / 1024) })
    return t('unit.megabytes', { n: (bytes / 1024 / 1024).toFixed(1) })
  }

  const number = (value: number) => new Intl.NumberFormat(locale.value).format(value)

  return { time, day, size, number }
}
