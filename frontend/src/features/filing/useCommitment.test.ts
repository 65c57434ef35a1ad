import { flushPromises, mount } from '@vue/test-utils'
import { createI18n } from 'vue-i18n'
import { defineComponent } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { getCommitment, openCommitment } from '@/api/commitments'
import { submitFilings } from '@/api/filings'
import { ApiProblem } from '@/api/problem'
import type { Commitment, FilingRow } from '@/api/types'
import { useCommitment } from './useCommitment'

vi.mock('@/api/commitments')
vi.mock('@/api/filings')

const rows = ['b', 'a'].map((id) => ({ id, person_name: `name ${id}` })) as FilingRow[]
const start = Date.UTC(2001, 0, 1)
const iso = (seconds: number) => new Date(start + seconds * 1000).toISOString()

function letter(change: Partial<Commitment> = {}): Commitment {
  return {
    id: 'c1',
    state: 'reading',
    filing_ids: ['a', 'b'],
    ready_at: iso(60),
    expires_at: iso(1800),
    server_time: iso(0),
    ...change,
  } as Commitment
}

function stage() {
  const submitted = vi.fn()
  let flow!: ReturnType<typeof useCommitment>
  const wrapper = mount(
    defineComponent({
      setup() {
        flow = useCommitment(submitted)
        return () => null
      },
    }),
    { global: { plugins: [createI18n({ legacy: false, locale: 'x', missingWarn: false, fallbackWarn: false, messages: { x: {} } })] } },
  )
  return { flow, submitted, wrapper }
}

let stop: (() => void) | undefined
beforeEach(() => {
  vi.useFakeTimers()
  vi.mocked(openCommitment).mockReset().mockResolvedValue(letter())
  vi.mocked(getCommitment).mockReset().mockResolvedValue(letter())
  vi.mocked(submitFilings).mockReset().mockResolvedValue({ count: 2, commitment_id: 'c1', filings: [] } as never)
})
afterEach(() => {
  stop?.()
  vi.useRealTimers()
})

async function opened() {
  const made = stage()
  stop = () => made.wrapper.unmount()
  await made.flow.begin(rows)
  return made
}

/** Ready by the server's clock. */
async function read(flow: ReturnType<typeof useCommitment>) {
  vi.mocked(getCommitment).mockImplementation(async () => letter({ server_time: iso(60) }))
  await vi.advanceTimersByTimeAsync(60_000)
  flow.agreed.value = true
}

describe('useCommitment', () => {
  it('cannot be signed before the reading time is over, nor without the tick', async () => {
    const { flow } = await opened()
    flow.agreed.value = true
    await flow.sign()
    await read(flow)
    flow.agreed.value = false
    await flow.sign()
    expect(submitFilings).not.toHaveBeenCalled()
    flow.agreed.value = true
    await flow.sign()
    expect(submitFilings).toHaveBeenCalledTimes(1)
  })

  it('sends once however often it is pressed, and covers exactly the ids of the letter', async () => {
    const { flow, submitted } = await opened()
    await read(flow)
    await Promise.all([flow.sign(), flow.sign()])
    expect(submitFilings).toHaveBeenCalledTimes(1)
    expect(vi.mocked(submitFilings).mock.calls[0]![0]).toEqual({ commitment_id: 'c1', filing_ids: ['a', 'b'], agreed: true })
    expect(submitted).toHaveBeenCalledTimes(1)
  })

  it('keeps its key after a lost answer, so that the server does it once', async () => {
    const { flow, submitted } = await opened()
    await read(flow)
    vi.mocked(submitFilings).mockRejectedValueOnce(new ApiProblem({ status: 0, code: 'client.network' }))
    await flow.sign()
    expect([flow.open.value, submitted.mock.calls.length]).toEqual([true, 0])
    await flow.sign()
    const keys = vi.mocked(submitFilings).mock.calls.map((call) => call[1])
    expect(keys[0]).toBe(keys[1])
  })

  it('names the refused rows and stays open', async () => {
    const { flow } = await opened()
    await read(flow)
    const record = { type: 'filing', id: 'a', label: 'l', status: 'province_pending' }
    vi.mocked(submitFilings).mockRejectedValueOnce(
      new ApiProblem({ status: 409, code: 'filing.batch_refused', errors: [{ pointer: '', code: 'x', message: 'why', record } as never] }),
    )
    await flow.sign()
    expect(flow.refused.value).toEqual([{ id: 'a', name: 'name a', status: 'province_pending', reason: 'why' }])
    expect(flow.open.value).toBe(true)
  })

  it('takes the server’s time again when told that it is too early', async () => {
    const { flow } = await opened()
    await read(flow)
    vi.mocked(submitFilings).mockRejectedValueOnce(new ApiProblem({ status: 409, code: 'commitment.not_ready' }))
    vi.mocked(getCommitment).mockResolvedValue(letter({ server_time: iso(40) }))
    await flow.sign()
    expect(flow.left.value).toBe(20)
    expect(flow.ready.value).toBe(false)
  })

  it('goes on with the same letter for the same rows, and opens another for others', async () => {
    const { flow } = await opened()
    flow.open.value = false
    await flow.begin([...rows].reverse())
    expect(openCommitment).toHaveBeenCalledTimes(1)
    flow.open.value = false
    await flow.begin(rows.slice(1))
    expect(openCommitment).toHaveBeenCalledTimes(2)
  })

  it('offers a fresh letter once the old one has expired', async () => {
    const { flow } = await opened()
    vi.mocked(getCommitment).mockRejectedValue(new ApiProblem({ status: 0, code: 'client.network' }))
    await vi.advanceTimersByTimeAsync(1_801_000)
    expect([flow.expired.value, flow.ready.value]).toEqual([true, false])
    vi.mocked(openCommitment).mockResolvedValue(letter({ id: 'c2' }))
    await flow.reopen()
    await flushPromises()
    expect([flow.letter.value?.id, flow.expired.value]).toEqual(['c2', false])
  })
})
