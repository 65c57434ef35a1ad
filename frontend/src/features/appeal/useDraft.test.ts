import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { getAppeal, putAppealDraft } from '@/api/appeals'
import { ApiProblem, networkProblem } from '@/api/problem'
import type { AppealDetail } from '@/api/types'
import { readDraft } from '@/shared/draft'
import { useDraft } from './useDraft'

vi.mock('@/api/appeals', () => ({ getAppeal: vi.fn(), putAppealDraft: vi.fn() }))

const detail = (statement = '', by = '') => ({ reason: null, statement, evidence: [], draft_at: by ? '2026-11-23T02:00:00Z' : null, draft_by: by, missing: [] }) as unknown as AppealDetail
const stale = () => new ApiProblem({ status: 412, code: 'appeal.stale' })
let scope: EffectScope

function begin(statement = '') {
  const appeal = shallowRef<AppealDetail | null>(null)
  const draft = scope.run(() => useDraft('a1', appeal))!
  draft.begin({ value: detail(statement), etag: '"1"' })
  return draft
}

async function type(draft: ReturnType<typeof begin>, text: string, wait = 1500) {
  draft.form.statement = text
  await nextTick()
  await vi.advanceTimersByTimeAsync(wait)
  await flushPromises()
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
  scope = effectScope()
  vi.mocked(putAppealDraft).mockReset().mockImplementation((_, draft) => Promise.resolve({ value: detail(draft.statement, '我'), etag: '"2"' }))
  vi.mocked(getAppeal).mockReset()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

describe('a draft', () => {
  it('goes to the server a moment after the last key, once, and leaves the tab when it is there', async () => {
    const draft = begin()
    await type(draft, '一', 500)
    await type(draft, '一二', 500)
    expect(putAppealDraft).not.toHaveBeenCalled()
    expect(readDraft<{ form: { statement: string } }>('appeal.a1')?.form.statement).toBe('一二')
    await vi.advanceTimersByTimeAsync(1500)
    expect(putAppealDraft).toHaveBeenCalledTimes(1)
    expect(vi.mocked(putAppealDraft).mock.calls[0]![2]).toBe('"1"')
    expect(draft.state.value).toBe('saved')
    expect(readDraft('appeal.a1')).toBeNull()
  })

  it('typed on while it is on its way is not overwritten, and is saved next', async () => {
    let answer = () => {}
    vi.mocked(putAppealDraft).mockImplementationOnce((_, sent) => new Promise((resolve) => { answer = () => resolve({ value: detail(sent.statement, '我'), etag: '"2"' }) }))
    const draft = begin()
    await type(draft, '先写的')
    draft.form.statement = '先写的，又写的'
    answer()
    await flushPromises()
    expect(draft.form.statement).toBe('先写的，又写的')
    await vi.advanceTimersByTimeAsync(1500)
    await flushPromises()
    expect(vi.mocked(putAppealDraft).mock.calls.map((call) => [call[1].statement, call[2]])).toEqual([['先写的', '"1"'], ['先写的，又写的', '"2"']])
  })

  it('without a connection stays in the tab and is tried again', async () => {
    vi.mocked(putAppealDraft).mockRejectedValueOnce(networkProblem('r'))
    const draft = begin()
    await type(draft, '断网')
    expect(draft.state.value).toBe('offline')
    expect(readDraft('appeal.a1')).not.toBeNull()
    await vi.advanceTimersByTimeAsync(5000)
    await flushPromises()
    expect(draft.state.value).toBe('saved')
  })

  it('whose answer got lost is no conflict', async () => {
    vi.mocked(putAppealDraft).mockRejectedValueOnce(stale())
    vi.mocked(getAppeal).mockResolvedValue({ value: detail('同一份', '我'), etag: '"2"' })
    const draft = begin()
    await type(draft, '同一份')
    expect(draft.theirs.value).toBeNull()
    expect(draft.state.value).toBe('saved')
  })

  it('that a colleague overtook is shown beside theirs; mine goes over theirs only when chosen', async () => {
    vi.mocked(putAppealDraft).mockRejectedValueOnce(stale())
    vi.mocked(getAppeal).mockResolvedValue({ value: detail('同事的', '同事'), etag: '"5"' })
    const draft = begin()
    await type(draft, '我的')
    expect(draft.state.value).toBe('conflict')
    expect(draft.form.statement).toBe('我的')
    expect(await draft.save()).toBe(false)
    await draft.settle('mine')
    expect(vi.mocked(putAppealDraft).mock.lastCall).toEqual(['a1', { reason: '', statement: '我的', evidence: [] }, '"5"'])
  })

  it('taking theirs forgets mine', async () => {
    vi.mocked(putAppealDraft).mockRejectedValueOnce(stale())
    vi.mocked(getAppeal).mockResolvedValue({ value: detail('同事的', '同事'), etag: '"5"' })
    const draft = begin()
    await type(draft, '我的')
    await draft.settle('theirs')
    expect(draft.form.statement).toBe('同事的')
    expect(readDraft('appeal.a1')).toBeNull()
  })

  it('left in the tab comes back with the version that it was written over', async () => {
    vi.mocked(putAppealDraft).mockRejectedValue(networkProblem('r'))
    await type(begin(), '没存上')
    scope.stop()
    scope = effectScope()
    const draft = begin('别的')
    expect(draft.restored.value).toBe(true)
    expect(draft.form.statement).toBe('没存上')
    expect(draft.etag.value).toBe('"1"')
    draft.discard()
    expect(draft.form.statement).toBe('别的')
  })
})
