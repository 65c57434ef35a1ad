import { computed, nextTick, ref } from 'vue'
import { agreeWithdrawal, declineWithdrawal } from '@/api/filings'
import type { FilingRow, WithdrawalAnswer } from '@/api/types'
import { useReasoned } from '@/shared/useReasoned'
import { blockedByProblem } from './refusals'
import { selection } from './selection'
import { useBatch } from './useBatch'

export type WithdrawalAction = 'agree_withdrawal' | 'decline_withdrawal'

const ids = (rows: FilingRow[]) => rows.map((row) => row.id)

/** Answering the persons' requests to withdraw, one or many (manual 3.2.5). */
export function useWithdrawal(answered: () => void) {
  const done = ref<{ action: WithdrawalAction; n: number } | null>(null)

  const finish = (action: WithdrawalAction) => (answer: WithdrawalAnswer, rows: FilingRow[]) => {
    selection.remove(ids(rows))
    done.value = null
    void nextTick(() => (done.value = { action, n: answer.count }))
    answered()
  }
  const agree = useReasoned({
    send: (rows: FilingRow[], _, key) => agreeWithdrawal({ filing_ids: ids(rows) }, key),
    done: finish('agree_withdrawal'),
    refused: blockedByProblem,
  })
  const decline = useReasoned({
    send: (rows: FilingRow[], reason, key) => declineWithdrawal({ filing_ids: ids(rows), reason }, key),
    done: finish('decline_withdrawal'),
    refused: blockedByProblem,
  })
  const batches = {
    agree_withdrawal: useBatch('agree_withdrawal', (rows) => agree.begin(rows)),
    decline_withdrawal: useBatch('decline_withdrawal', (rows) => decline.begin(rows)),
  }

  function start(action: WithdrawalAction, rows: FilingRow[]): void {
    done.value = null
    void batches[action].start(rows)
  }

  const open = computed(() => agree.open.value || decline.open.value)
  const busy = computed(() => Object.values(batches).some((batch) => batch.busy.value))
  const problem = computed(() => batches.agree_withdrawal.problem.value ?? batches.decline_withdrawal.problem.value)
  return { agree, decline, batches, start, open, busy, problem, done }
}
