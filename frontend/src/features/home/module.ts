import { HomeFilled } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/home', name: 'home', component: () => import('./HomePage.vue'), meta: { title: 'home.title' } }],
  menu: { to: '/home', title: 'home.title', icon: markRaw(HomeFilled), order: 10 },
} satisfies FeatureModule
