import { OfficeBuilding } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [
    { path: '/enterprise', name: 'enterprise', component: () => import('./EnterprisePage.vue'), meta: { title: 'enterprise.title' } },
  ],
  menu: { to: '/enterprise', title: 'enterprise.title', icon: markRaw(OfficeBuilding), order: 20 },
} satisfies FeatureModule
