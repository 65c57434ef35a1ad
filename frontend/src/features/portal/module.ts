import type { FeatureModule } from '@/shared/module'

export default {
  routes: [
    { path: '/', name: 'portal', component: () => import('./PortalPage.vue'), meta: { title: 'portal.title', open: true, bare: true } },
  ],
} satisfies FeatureModule
