import type { FeatureModule } from '@/shared/module'

export default {
  routes: [
    { path: '/signed-in', name: 'signed-in', component: () => import('./SignedInPage.vue'), meta: { title: 'session.signingIn', open: true, bare: true } },
    { path: '/signed-in-again', name: 'signed-in-again', component: () => import('./SignedInAgainPage.vue'), meta: { title: 'session.doneTitle', open: true, bare: true } },
    { path: '/sign-in-failed', name: 'sign-in-failed', component: () => import('./SignInFailedPage.vue'), meta: { title: 'session.signInFailed', open: true, bare: true } },
    { path: '/signed-out', name: 'signed-out', component: () => import('./SignedOutPage.vue'), meta: { title: 'session.signedOut', open: true, bare: true } },
  ],
} satisfies FeatureModule
