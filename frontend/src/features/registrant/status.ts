import { useLabels } from '@/shared/dictionaries'
import type { Tone } from '@/shared/StatusTag.vue'

const tones: Record<string, Tone> = { valid: 'good', expired: 'bad', deregistered: 'over', revoked: 'bad' }

export function useRegistrantStatus() {
  const { label } = useLabels()
  return (status: string) => ({ tone: tones[status] ?? ('moving' as Tone), text: label('registrant_statuses', status) })
}
