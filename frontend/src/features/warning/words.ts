import { useI18n } from 'vue-i18n'
import type { WarningRow } from '@/api/types'
import type { Tone } from '@/shared/StatusTag.vue'

export const levelTone: Record<WarningRow['level'], Tone> = { expired: 'bad', urgent: 'todo', near: 'moving', early: 'over' }
export const situationTone: Record<WarningRow['situation'], Tone> = {
  nothing_filed: 'bad',
  being_prepared: 'todo',
  filed_late: 'todo',
  filed_in_time: 'good',
  deemed_granted: 'good',
}

export function useWarningWords() {
  const { t } = useI18n({ useScope: 'global' })

  /** Days left in words: the last day is named, and after it the days are counted the other way. */
  function left(days: number): string {
    if (days > 0) return t('warning.left', { n: days })
    return days === 0 ? t('warning.lastDay') : t('warning.over', { n: -days })
  }

  /** What a level covers: for the expired it is how long they are shown. */
  function span(level: string, days: number): string {
    return level === 'expired' ? t('warning.expiredSpan', { n: days }) : t('warning.span', { n: days })
  }

  return { left, span }
}
