import { describe, expect, it } from 'vitest'
import { filterOf, narrowed, noFilter, queryOf, readState, writeState, type ListState } from './listState'

const full: ListState = {
  scope: 'all',
  status: ['valid', 'expired'],
  profession: 'structural_1',
  name: '李',
  certificate_number: 'S26',
  valid_until_from: '2026-11-23',
  valid_until_to: '2027-05-22',
  sort: '-person_name',
  limit: 50,
  page: 3,
  cursor: 'abc',
}

describe('the address of the list of registrants', () => {
  it('says everything and is read back', () => {
    expect(readState(writeState(full) as never)).toEqual(full)
  })
  it('is empty for the plain list', () => {
    expect(writeState(readState({}))).toEqual({})
  })
  it('never holds an ID number', () => {
    expect(Object.keys(writeState({ ...full, id_number: '110101199003071233' } as ListState))).not.toContain('id_number')
  })
})

describe('the query to the server', () => {
  it('leaves out what is empty, and names the matter of the session', () => {
    expect(filterOf({ ...full, ...noFilter }, 'architects')).toEqual({ matter: 'architects' })
    expect(queryOf({ ...full, ...noFilter }, 'architects', '')).toEqual({ matter: 'architects', sort: '-person_name', limit: 50 })
  })
  it('is narrowed by anything but the matter', () => {
    expect(narrowed({ ...full, ...noFilter })).toBe(false)
    expect(narrowed({ ...full, ...noFilter, certificate_number: 'S' })).toBe(true)
  })
})
