import { Connection } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/grants', name: 'grants', component: () => import('./GrantListPage.vue'), meta: { title: 'grant.title' } }],
  menu: { to: '/grants', title: 'grant.title', icon: markRaw(Connection), order: 87 },
} satisfies FeatureModule
