import { PhoneFilled } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/help', name: 'help', component: () => import('./HelpPage.vue'), meta: { title: 'help.title', open: true } }],
  menu: { to: '/help', title: 'help.title', icon: markRaw(PhoneFilled), order: 90 },
} satisfies FeatureModule
