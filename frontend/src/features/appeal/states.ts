import { useLabels } from '@/shared/dictionaries'
import type { Tone } from '@/shared/StatusTag.vue'

const tones: Record<string, Tone> = { awaiting_statement: 'todo', overdue: 'bad', upheld: 'good', rejected: 'bad' }

/** A state's word with its tone, for StatusTag. */
export function useAppealState() {
  const { label } = useLabels()
  return (state: string) => ({ tone: tones[state] ?? ('moving' as Tone), text: label('appeal_states', state) })
}
