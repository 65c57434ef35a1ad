import { useLabels } from '@/shared/dictionaries'
import type { Tone } from '@/shared/StatusTag.vue'

const tones: Record<string, Tone> = { submitted: 'moving', approved: 'good', refused: 'bad' }

export function useRenameStatus() {
  const { label } = useLabels()
  return (status: string) => ({ tone: tones[status] ?? ('moving' as Tone), text: label('rename_statuses', status) })
}
