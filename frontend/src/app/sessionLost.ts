import { shallowRef } from 'vue'
import type { Router } from 'vue-router'
import { useSession } from '@/shared/session'
import { workInHand } from '@/shared/workInHand'

/** Set while the user is asked to sign in again beside the page. */
export const asking = shallowRef<{ answer: (signedIn: boolean) => void } | null>(null)

/**
 * The session ended under the user's hands. With work on the page the user signs in beside it and the
 * request goes on; without, the portal comes up and remembers where to return to.
 */
export async function sessionLost(router: Router): Promise<boolean> {
  const session = useSession()
  if (!session.current) return false
  if (workInHand.value) {
    return new Promise((resolve) => {
      asking.value = {
        answer: (signedIn) => {
          asking.value = null
          resolve(signedIn)
        },
      }
    })
  }
  const returnTo = router.currentRoute.value.fullPath
  session.forget()
  await router.replace({ name: 'portal', query: { return_to: returnTo, why: 'expired' } })
  return false
}
