import { nextTick, shallowRef, watch } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from 'vue-router'
import { announce } from '@/shared/announce'
import { useDictionaries } from '@/shared/dictionaries'
import { mayBeSignedIn, useSession } from '@/shared/session'
import { crash } from './crash'
import { features } from './features'
import { i18n } from './locales'

/** Pages at the edge of a session, which deal with it themselves. */
const leaving = new Set(['signed-in', 'signed-in-again', 'signed-out', 'sign-in-failed'])

/** Why the first page could not be opened; the shell shows it with a way to try again. */
export const bootProblem = shallowRef<unknown>(null)
export const navigating = shallowRef(false)

export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      ...features.flatMap((feature) => feature.routes),
      {
        path: '/:rest(.*)*',
        name: 'not-found',
        component: () => import('./pages/NotFoundPage.vue'),
        meta: { title: 'page.notFound', open: true },
      },
    ],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  })

  router.beforeEach(async (to) => {
    navigating.value = true
    crash.value = null
    return admit(to)
  })
  router.afterEach((to, from, failure) => {
    navigating.value = false
    if (failure) return
    title(to)
    if (to.path !== from.path && from.matched.length > 0) void arrive()
  })
  router.onError((error) => {
    navigating.value = false
    crash.value = error
  })
  watch(i18n.global.locale, () => title(router.currentRoute.value))
  return router
}

/** Lets a page open: anybody on open ones, otherwise whoever has, or can silently regain, a session. */
async function admit(to: RouteLocationNormalized) {
  bootProblem.value = null
  const session = useSession()
  if (to.meta.open) {
    // They open at once; who is signed in appears when it is known.
    if (!session.signedIn && mayBeSignedIn() && !leaving.has(String(to.name))) session.resume().catch(() => {})
    return true
  }
  try {
    const [signedIn] = await Promise.all([session.signedIn || session.resume(), useDictionaries().load()])
    if (signedIn) return true
  } catch (error) {
    bootProblem.value = error
    return true // the shell shows the problem in place of the page
  }
  return { name: 'portal', query: { return_to: to.fullPath, why: 'sign-in' } }
}

function title(to: RouteLocationNormalized): void {
  const { t } = i18n.global
  document.title = to.meta.title ? `${t(to.meta.title)} - ${t('product.name')}` : t('product.name')
}

/** A new page is announced and gets the focus at its heading, as a full page load would. */
async function arrive(): Promise<void> {
  await nextTick()
  announce(document.title)
  // Pages come in lazily, so the heading may be a moment away.
  for (let i = 0; i < 20; i++) {
    const heading = document.querySelector<HTMLElement>('[data-page-heading]')
    if (heading) return heading.focus({ preventScroll: true })
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}
