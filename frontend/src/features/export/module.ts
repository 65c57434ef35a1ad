import { Download } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/exports', name: 'exports', component: () => import('./ExportListPage.vue'), meta: { title: 'export.records' } }],
  menu: { to: '/exports', title: 'export.records', icon: markRaw(Download), order: 85 },
} satisfies FeatureModule
