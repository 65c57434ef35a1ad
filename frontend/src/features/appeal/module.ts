import { ChatLineSquare } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

const menu = '/appeals'

export default {
  routes: [
    { path: '/appeals', name: 'appeals', component: () => import('./AppealListPage.vue'), meta: { title: 'appeal.title' } },
    { path: '/appeals/:id', name: 'appeal', component: () => import('./AppealPage.vue'), props: true, meta: { title: 'appeal.detail.title', menu } },
    { path: '/appeals/:id/check', name: 'appeal-check', component: () => import('./CheckPage.vue'), props: true, meta: { title: 'appeal.check.title', menu } },
    { path: '/appeals/:id/submitted', name: 'appeal-submitted', component: () => import('./SubmittedPage.vue'), props: true, meta: { title: 'appeal.submitted.title', menu } },
  ],
  menu: { to: '/appeals', title: 'appeal.title', icon: markRaw(ChatLineSquare), order: 60 },
} satisfies FeatureModule
