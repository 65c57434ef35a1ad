import { AlarmClock } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/warnings', name: 'warnings', component: () => import('./WarningListPage.vue'), meta: { title: 'warning.title' } }],
  menu: { to: '/warnings', title: 'warning.title', icon: markRaw(AlarmClock), order: 50 },
} satisfies FeatureModule
