import { useLabels } from '@/shared/dictionaries'
import type { Refused } from '@/shared/RefusedList.vue'
import type { Tone } from '@/shared/StatusTag.vue'
import type { Blocked } from './refusals'

const tones: Record<string, Tone> = {
  pending_submission: 'todo',
  province_correction: 'todo',
  ministry_correction: 'todo',
  returned: 'over',
  withdrawn: 'over',
  province_refused: 'bad',
  ministry_refused: 'bad',
  denied: 'bad',
  approved: 'good',
}

export function useStatus() {
  const { label } = useLabels()
  const state = (status: string) => ({ tone: tones[status] ?? ('moving' as Tone), text: label('statuses', status) })
  const refused = (blocked: Blocked[]): Refused[] => blocked.map((entry) => ({ ...entry, state: state(entry.status) }))
  return { state, refused }
}
