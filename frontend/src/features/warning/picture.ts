import type { WarningSummary } from '@/api/types'

/** Counts by profession within one level, and of how many of them no renewal is filed. */
export interface LevelCount {
  level: string
  days: number
  total: number
  unfiled: number
  professions: { profession: string; count: number }[]
}

/** The summary arranged for the picture: every level, the professions that occur, in the order of the dictionary. */
export function arrange(summary: WarningSummary, levels: { value: string; days: number }[], professions: { value: string }[]): LevelCount[] {
  return levels.map(({ value, days }) => {
    const counts = summary.counts.filter((entry) => entry.level === value)
    const sum = (entries: WarningSummary['counts']) => entries.reduce((total, entry) => total + entry.count, 0)
    return {
      level: value,
      days,
      total: sum(counts),
      unfiled: sum(counts.filter((entry) => entry.situation === 'nothing_filed')),
      professions: professions
        .map((profession) => ({ profession: profession.value, count: sum(counts.filter((entry) => entry.profession === profession.value)) }))
        .filter((entry) => entry.count > 0),
    }
  })
}

/** The longest bar of the picture; all others are drawn in proportion to it. */
export const longest = (picture: LevelCount[]): number =>
  Math.max(1, ...picture.flatMap((level) => level.professions.map((entry) => entry.count)))
