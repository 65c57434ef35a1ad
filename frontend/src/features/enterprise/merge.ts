import type { EnterpriseForm } from '@/api/types'
import { editable, same } from './form'

export type Side = 'mine' | 'theirs'

/** A field in which my form and what somebody else saved differ. */
export interface Difference {
  /** Dotted: "city", "contact.mobile". Lists count as one field. */
  path: string
  mine: unknown
  theirs: unknown
  /** Whoever alone changed it; mine where both did, which the user must look at. */
  suggested: Side
  both: boolean
}

const topLevel: (keyof EnterpriseForm)[] = [
  'registered_address',
  'province',
  'city',
  'district',
  'established_on',
  'registered_capital_wan',
  'registration_authority',
  'licence_valid_until',
  'economic_type',
  'industries',
  'qualifications',
]
const contact = ['name', 'mobile', 'telephone', 'email', 'postal_address', 'postcode'] as const

function get(form: EnterpriseForm, path: string): unknown {
  return path.startsWith('contact.')
    ? form.contact[path.slice('contact.'.length) as (typeof contact)[number]]
    : form[path as keyof EnterpriseForm]
}

/** What differs, three ways: `base` is what I started from. */
export function differences(base: EnterpriseForm, mine: EnterpriseForm, theirs: EnterpriseForm): Difference[] {
  const paths = [...topLevel, ...contact.map((field) => `contact.${field}`)]
  return paths
    .map((path) => ({ path, base: get(base, path), mine: get(mine, path), theirs: get(theirs, path) }))
    .filter((field) => !same(field.mine, field.theirs))
    .map((field) => {
      const iChanged = !same(field.base, field.mine)
      const theyChanged = !same(field.base, field.theirs)
      return {
        path: field.path,
        mine: field.mine,
        theirs: field.theirs,
        suggested: iChanged ? 'mine' : 'theirs',
        both: iChanged && theyChanged,
      }
    })
}

/** Theirs, with my value wherever I chose it. */
export function merged(mine: EnterpriseForm, theirs: EnterpriseForm, choices: Record<string, Side>): EnterpriseForm {
  const result = editable(theirs)
  const kept = editable(mine)
  for (const [path, side] of Object.entries(choices)) {
    if (side !== 'mine') continue
    if (path.startsWith('contact.')) {
      const field = path.slice('contact.'.length) as (typeof contact)[number]
      result.contact[field] = kept.contact[field]
    } else {
      Object.assign(result, { [path]: get(kept, path) })
    }
  }
  return result
}
