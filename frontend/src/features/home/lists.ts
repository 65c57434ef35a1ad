import type { OverviewItem } from '@/api/types'

const alone = ['nothing_filed', 'being_prepared']

/** The list that shows exactly what an item counts. */
export const lists: Record<OverviewItem['item'], { path: string; query: Record<string, string | string[]> }> = {
  appeals_overdue: { path: '/appeals', query: { state: 'overdue' } },
  appeals_due: { path: '/appeals', query: { state: 'awaiting_statement' } },
  expired: { path: '/warnings', query: { matter: 'all', level: 'expired', situation: alone } },
  expiring: { path: '/warnings', query: { matter: 'all', level: ['urgent', 'near'], situation: alone } },
  supplements: {
    path: '/filings',
    query: {
      matter: 'all',
      pre_registration: 'awaiting_qualification',
      status: [
        'province_pending',
        'province_correction',
        'province_accepted',
        'ministry_pending',
        'ministry_correction',
        'ministry_accepted',
        'publicity',
      ],
    },
  },
  withdrawals: { path: '/filings', query: { matter: 'all', withdrawal: 'requested' } },
  to_submit: { path: '/filings', query: { matter: 'all', status: 'pending_submission' } },
  corrections: { path: '/filings', query: { matter: 'all', status: ['province_correction', 'ministry_correction'] } },
  steps_overdue: { path: '/filings', query: { matter: 'all', overdue: 'true' } },
  unread: { path: '/messages', query: { unread: 'true' } },
}
