import { describe, expect, it } from 'vitest'
import { arrange, longest } from './picture'

const levels = [
  { value: 'expired', days: 365 },
  { value: 'urgent', days: 30 },
]
const professions = [{ value: 'architect_1' }, { value: 'structural_1' }]

describe('picture', () => {
  it('adds up situations, keeps empty levels, leaves out professions that do not occur', () => {
    const picture = arrange(
      {
        total: 6,
        as_of: '2026-11-24',
        counts: [
          { level: 'urgent', profession: 'structural_1', situation: 'nothing_filed', count: 2 },
          { level: 'urgent', profession: 'structural_1', situation: 'filed_in_time', count: 3 },
          { level: 'urgent', profession: 'architect_1', situation: 'being_prepared', count: 1 },
        ],
      },
      levels,
      professions,
    )
    expect(picture).toEqual([
      { level: 'expired', days: 365, total: 0, unfiled: 0, professions: [] },
      {
        level: 'urgent',
        days: 30,
        total: 6,
        unfiled: 2,
        professions: [
          { profession: 'architect_1', count: 1 },
          { profession: 'structural_1', count: 5 },
        ],
      },
    ])
    expect(longest(picture)).toBe(5)
    expect(longest([])).toBe(1)
  })
})
