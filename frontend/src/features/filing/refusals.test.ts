import { describe, expect, it } from 'vitest'
import { ApiProblem } from '@/api/problem'
import type { FilingRow } from '@/api/types'
import { blockedByCheck, blockedByProblem, blockedRows } from './refusals'

const row = (id: string, allowed: boolean) =>
  ({ id, person_name: `name ${id}`, status: 's', actions: [{ action: 'submit', allowed, code: null, reason: allowed ? null : 'why' }] }) as unknown as FilingRow

describe('who stands in the way', () => {
  it('is read from the rows before anything is sent', () => {
    expect(blockedRows([row('a', true), row('b', false)], 'submit')).toEqual([{ id: 'b', name: 'name b', status: 's', reason: 'why' }])
  })

  it('counts a row that says nothing about the action as one that does not allow it', () => {
    expect(blockedRows([row('a', true)], 'return')).toHaveLength(1)
  })

  it('keeps the name it had here when the server knows the filing no more', () => {
    const refusal = { filing_id: 'a', person_name: '', status: '', code: 'filing.not_found', reason: 'gone' } as never
    expect(blockedByCheck([refusal], [row('a', true)])[0]).toMatchObject({ name: 'name a', reason: 'gone' })
  })

  it('is read from the records of a refused batch', () => {
    const problem = new ApiProblem({
      status: 409,
      code: 'filing.batch_refused',
      errors: [
        { pointer: '/filing_ids/0', code: 'x', message: 'm', record: { type: 'filing', id: 'z', label: 'label z', status: 'province_pending' } },
        { pointer: '', code: 'y', message: 'not about a record' },
      ],
    })
    expect(blockedByProblem(problem, [])).toEqual([{ id: 'z', name: 'label z', status: 'province_pending', reason: 'm' }])
  })
})
