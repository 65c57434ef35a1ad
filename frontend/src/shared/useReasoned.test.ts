import { describe, expect, it, vi } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { useReasoned } from './useReasoned'

const rows = [{ id: 'a' }, { id: 'b' }]

describe('useReasoned', () => {
  it('sends once however often it is pressed, and closes when it is answered', async () => {
    const send = vi.fn().mockResolvedValue('done')
    const done = vi.fn()
    const flow = useReasoned({ send, done })
    flow.begin(rows)
    flow.reason.value = ' why '
    await Promise.all([flow.send(), flow.send()])
    expect(send.mock.calls.map(([of, reason]) => [of, reason])).toEqual([[rows, 'why']])
    expect(done).toHaveBeenCalledExactlyOnceWith('done', rows)
    expect(flow.open.value).toBe(false)
  })

  it('keeps its key and what was typed after a lost answer', async () => {
    const send = vi.fn().mockRejectedValueOnce(new ApiProblem({ status: 0, code: 'client.network' })).mockResolvedValue('done')
    const flow = useReasoned({ send, done: () => {} })
    flow.begin(rows)
    flow.reason.value = 'why'
    await flow.send()
    expect([flow.open.value, flow.reason.value, flow.sending.value]).toEqual([true, 'why', false])
    await flow.send()
    expect(send.mock.calls[0]![2]).toBe(send.mock.calls[1]![2])
  })

  it('names the refused records, and takes a new key for the next try', async () => {
    const send = vi.fn().mockRejectedValueOnce(new ApiProblem({ status: 409, code: 'x' })).mockResolvedValue('done')
    const flow = useReasoned({ send, done: () => {}, refused: (_, of: typeof rows) => of.slice(1) })
    flow.begin(rows)
    await flow.send()
    expect(flow.refused.value).toEqual([{ id: 'b' }])
    await flow.send()
    expect(send.mock.calls[0]![2]).not.toBe(send.mock.calls[1]![2])
    flow.begin(rows)
    expect([flow.refused.value, flow.problem.value, flow.reason.value]).toEqual([[], null, ''])
  })
})
