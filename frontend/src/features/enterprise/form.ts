import { inject, provide, type InjectionKey } from 'vue'
import type { Enterprise, EnterpriseForm, Qualification } from '@/api/types'

/** The part of an enterprise that may be edited, as a copy. Text the server left out becomes empty text. */
export function editable(from: EnterpriseForm | Enterprise): EnterpriseForm {
  return structuredClone({
    registered_address: from.registered_address ?? '',
    province: from.province ?? '',
    city: from.city ?? '',
    district: from.district ?? '',
    established_on: from.established_on ?? '',
    registered_capital_wan: from.registered_capital_wan ?? null,
    registration_authority: from.registration_authority ?? '',
    licence_valid_until: from.licence_valid_until ?? '',
    economic_type: from.economic_type ?? '',
    industries: [...(from.industries ?? [])],
    qualifications: (from.qualifications ?? []).map(qualification),
    contact: {
      name: from.contact?.name ?? '',
      mobile: from.contact?.mobile ?? '',
      telephone: from.contact?.telephone ?? '',
      email: from.contact?.email ?? '',
      postal_address: from.contact?.postal_address ?? '',
      postcode: from.contact?.postcode ?? '',
    },
  })
}

function qualification(from: Qualification): Qualification {
  return {
    certificate_number: from.certificate_number,
    category: from.category,
    title: from.title,
    grade: from.grade,
    issuing_authority: from.issuing_authority,
    issued_on: from.issued_on,
    valid_until: from.valid_until,
    state: from.state,
    copy_attachment_id: from.copy_attachment_id ?? null,
  }
}

export function emptyQualification(): Qualification {
  return {
    certificate_number: '',
    category: '',
    title: '',
    grade: '',
    issuing_authority: '',
    issued_on: '',
    valid_until: '',
    state: '',
    copy_attachment_id: null,
  }
}

/** The same content, whatever the object; both sides come out of `editable`, so their keys stand in one order. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

const key: InjectionKey<EnterpriseForm> = Symbol('enterprise form')

/** The form is one reactive object that the sections below the page write into. */
export function provideForm(form: EnterpriseForm): void {
  provide(key, form)
}

export function useForm(): EnterpriseForm {
  const form = inject(key)
  if (!form) throw new Error('no enterprise form provided above this component')
  return form
}
