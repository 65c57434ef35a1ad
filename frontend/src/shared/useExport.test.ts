import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import * as api from '@/api/exports'
import { ApiProblem } from '@/api/problem'
import type { ExportRecord } from '@/api/types'
import { askEvery, useExport } from './useExport'

vi.mock('@/api/exports')

const record = (state: ExportRecord['state'], done = 0) =>
  ({ id: 'e', state, rows_done: done, rows_total: 1000, file_name: 'x.xlsx', actions: [], filter: [] }) as unknown as ExportRecord

let scope: EffectScope
const flow = () => scope.run(() => useExport())!

describe('useExport', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.resetAllMocks()
    vi.mocked(api.checkExport).mockResolvedValue({ rows: 1000, at_once: false, filter: [], allowed: true, code: null, reason: null })
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  it('asks after a running export until it is ready', async () => {
    vi.mocked(api.startExport).mockResolvedValue(record('queued'))
    vi.mocked(api.getExport).mockResolvedValueOnce(record('running', 259)).mockResolvedValue(record('ready', 1000))
    const e = flow()
    e.begin({ of: 'filings' })
    await e.start(true, 'not sent')
    expect(vi.mocked(api.startExport).mock.calls[0]![0]).toEqual({ of: 'filings', masked: true, reason: '' })
    expect(e.running.value).toBe(true)
    await vi.advanceTimersByTimeAsync(askEvery)
    expect(e.percent.value).toBe(25)
    await vi.advanceTimersByTimeAsync(askEvery)
    expect([e.running.value, e.record.value?.state]).toEqual([false, 'ready'])
    await vi.advanceTimersByTimeAsync(10 * askEvery)
    expect(api.getExport).toHaveBeenCalledTimes(2)
  })

  it('goes on asking after a lost answer, and stops when the page is left', async () => {
    vi.mocked(api.startExport).mockResolvedValue(record('running'))
    vi.mocked(api.getExport).mockRejectedValueOnce(new ApiProblem({ status: 0, code: 'client.network' })).mockResolvedValue(record('running', 500))
    const e = flow()
    e.begin({ of: 'registrants' })
    await e.start(false, ' why ')
    expect(vi.mocked(api.startExport).mock.calls[0]![0]).toMatchObject({ masked: false, reason: 'why' })
    await vi.advanceTimersByTimeAsync(2 * askEvery)
    expect(e.percent.value).toBe(50)
    scope.stop()
    await vi.advanceTimersByTimeAsync(10 * askEvery)
    expect(api.getExport).toHaveBeenCalledTimes(2)
  })

  it('starts once with one key, however often it is pressed or the answer is lost', async () => {
    vi.mocked(api.startExport).mockRejectedValueOnce(new ApiProblem({ status: 0, code: 'client.network' })).mockResolvedValue(record('ready', 1000))
    const e = flow()
    e.begin({ of: 'filings' })
    await Promise.all([e.start(true, ''), e.start(true, '')])
    expect(e.problem.value).toBeInstanceOf(ApiProblem)
    await e.start(true, '')
    const calls = vi.mocked(api.startExport).mock.calls
    expect(calls.length).toBe(2)
    expect(calls[0]![1]).toBe(calls[1]![1])
  })

  it('cancels, and shows what became of it', async () => {
    vi.mocked(api.startExport).mockResolvedValue(record('running'))
    vi.mocked(api.getExport).mockResolvedValue(record('cancelled'))
    const e = flow()
    e.begin({ of: 'filings' })
    await e.start(true, '')
    await e.cancel()
    expect(api.removeExport).toHaveBeenCalledExactlyOnceWith('e')
    expect([e.record.value?.state, e.running.value]).toEqual(['cancelled', false])
  })
})
