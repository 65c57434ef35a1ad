import { describe, expect, it } from 'vitest'
import { filterOf, narrowed, queryOf, readState, writeState } from './listState'

const all = {
  matter: 'all',
  status: ['pending_submission', 'returned'],
  profession: 'structural_1',
  registration_type: 'initial',
  withdrawal: 'requested',
  name: 'x',
  delivered_from: '2026-01-01',
  delivered_to: '2026-02-01',
  submitted_from: '2026-03-01',
  submitted_to: '2026-04-01',
  sort: 'person_name',
  limit: '50',
  page: '3',
  cursor: 'abc',
}

describe('list state', () => {
  it('comes back from the address as it went in', () => {
    expect(writeState(readState(all))).toEqual(all)
  })

  it('leaves defaults out of the address', () => {
    expect(writeState(readState({}))).toEqual({})
  })

  it('ignores what is no value', () => {
    expect(readState({ sort: 'id', limit: '7', page: '-1', delivered_from: 'yesterday', status: [null, 'returned'] })).toMatchObject({
      sort: '-updated_at',
      limit: 0,
      page: 1,
      delivered_from: '',
      status: ['returned'],
    })
  })

  it('never knows an ID number', () => {
    expect(JSON.stringify(readState({ id_number: '11010119900307123X' }))).not.toContain('110101')
  })

  it('asks for the session’s matter unless all are wanted', () => {
    expect(filterOf(readState({}), 'engineers')).toEqual({ matter: 'engineers' })
    expect(filterOf(readState({ matter: 'all' }), 'engineers')).toEqual({})
    expect(queryOf(readState({ limit: '50' }), 'engineers', 'c')).toEqual({ matter: 'engineers', sort: '-updated_at', limit: 50, cursor: 'c' })
  })

  it('knows whether anything narrows the list', () => {
    expect(narrowed(readState({}))).toBe(false)
    expect(narrowed(readState({ status: 'returned' }))).toBe(true)
  })
})
