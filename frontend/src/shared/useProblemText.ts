import { useI18n } from 'vue-i18n'
import { ApiProblem } from '@/api/problem'

/** One sentence for anything that went wrong. The server's own words come first: it knows the reason. */
export function useProblemText() {
  const { t } = useI18n({ useScope: 'global' })
  return (error: unknown): string => {
    if (!(error instanceof ApiProblem)) return t('problem.unexpected')
    if (error.code === 'client.network') return t('problem.network')
    if (error.detail) return error.detail
    if (error.status === 401) return t('problem.signedOut')
    if (error.status === 403) return t('problem.forbidden')
    if (error.status === 404) return t('problem.notFound')
    if (error.status === 413) return t('problem.tooLarge')
    if (error.status === 429) return t('problem.tooMany')
    return t('problem.unexpected')
  }
}
