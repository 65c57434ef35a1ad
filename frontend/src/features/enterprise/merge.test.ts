import { describe, expect, it } from 'vitest'
import type { EnterpriseForm } from '@/api/types'
import { editable } from './form'
import { differences, merged } from './merge'

const form = (change: Partial<EnterpriseForm> = {}) => editable({ contact: { mobile: '13800000000' }, city: 'A', ...change } as EnterpriseForm)

describe('merging two saves', () => {
  it('suggests whoever alone changed a field, and marks those that both changed', () => {
    const found = differences(form(), form({ city: 'mine', district: 'mine' }), form({ city: 'theirs', registered_address: 'theirs' }))
    expect(found.map(({ path, suggested, both }) => [path, suggested, both])).toEqual([
      ['registered_address', 'theirs', false],
      ['city', 'mine', true],
      ['district', 'mine', false],
    ])
  })

  it('leaves out what is the same on both sides, even if it changed', () => {
    expect(differences(form(), form({ city: 'B' }), form({ city: 'B' }))).toEqual([])
  })

  it('puts my choices on top of theirs', () => {
    const mine = form({ city: 'mine', district: 'mine', industries: ['design'] })
    mine.contact.mobile = '13911111111'
    const theirs = form({ city: 'theirs', registered_address: 'theirs' })
    const result = merged(mine, theirs, { city: 'theirs', district: 'mine', industries: 'mine', 'contact.mobile': 'mine' })
    expect(result).toMatchObject({ city: 'theirs', district: 'mine', registered_address: 'theirs', industries: ['design'] })
    expect(result.contact.mobile).toBe('13911111111')
    result.industries.push('survey')
    expect(mine.industries).toEqual(['design']) // a copy
  })
})
