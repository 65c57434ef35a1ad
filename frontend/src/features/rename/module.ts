import { EditPen } from '@element-plus/icons-vue'
import { markRaw } from 'vue'
import type { FeatureModule } from '@/shared/module'

const menu = '/renames'

export default {
  routes: [
    { path: '/renames', name: 'renames', component: () => import('./RenameListPage.vue'), meta: { title: 'rename.title' } },
    { path: '/renames/new', name: 'rename-new', component: () => import('./RenameNewPage.vue'), meta: { title: 'rename.new.title', menu } },
    { path: '/renames/:id', name: 'rename', component: () => import('./RenameDetailPage.vue'), props: true, meta: { title: 'rename.detail.title', menu } },
    { path: '/renames/:id/submitted', name: 'rename-submitted', component: () => import('./RenameSubmittedPage.vue'), props: true, meta: { title: 'rename.submitted.title', menu } },
  ],
  menu: { to: menu, title: 'rename.title', icon: markRaw(EditPen), order: 80 },
} satisfies FeatureModule
