import { User } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

const menu = '/registrants'

export default {
  routes: [
    { path: '/registrants', name: 'registrants', component: () => import('./RegistrantListPage.vue'), meta: { title: 'registrant.title' } },
    { path: '/registrants/:id', name: 'registrant', component: () => import('./RegistrantDetailPage.vue'), props: true, meta: { title: 'registrant.detail.title', menu } },
  ],
  menu: { to: '/registrants', title: 'registrant.title', icon: markRaw(User), order: 40 },
} satisfies FeatureModule
