import { Tickets } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

const menu = '/filings'

export default {
  routes: [
    { path: '/filings', name: 'filings', component: () => import('./FilingListPage.vue'), meta: { title: 'filing.title' } },
    { path: '/filings/submitted/:commitmentId', name: 'filings-submitted', component: () => import('./SubmittedPage.vue'), props: true, meta: { title: 'filing.submitted.title', menu } },
    { path: '/filings/:id', name: 'filing', component: () => import('./FilingDetailPage.vue'), props: true, meta: { title: 'filing.detail.title', menu } },
    { path: '/commitments/:id/receipt', name: 'receipt', component: () => import('./ReceiptPage.vue'), props: true, meta: { title: 'filing.receipt.title', menu } },
  ],
  menu: { to: '/filings', title: 'filing.title', icon: markRaw(Tickets), order: 30 },
} satisfies FeatureModule
