import { Bell } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import { useInbox } from '@/shared/inbox'
import type { FeatureModule } from '@/shared/module'

export default {
  routes: [{ path: '/messages', name: 'messages', component: () => import('./MessageListPage.vue'), meta: { title: 'message.title' } }],
  menu: { to: '/messages', title: 'message.title', icon: markRaw(Bell), order: 70, count: () => useInbox().unread },
} satisfies FeatureModule
