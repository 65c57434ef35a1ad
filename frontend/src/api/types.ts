// The names the application uses for what goes over the wire; the shapes come from the OpenAPI document.
import type { components, operations } from './schema'

type Schemas = components['schemas']

/** With any text where the document lists values: what a form holds before it is filled in, or an address says. */
type Loose<T> = T extends string
  ? string
  : T extends (infer U)[]
    ? Loose<U>[]
    : T extends object
      ? { [K in keyof T]: Loose<T[K]> }
      : T

export type Problem = Schemas['Problem']
export type FieldError = Omit<Schemas['ProblemError'], 'record'> & { record?: Schemas['ProblemRecord'] | null }

/** A value of an enumeration with both its names. */
export type Label = Schemas['Label']
export type Meta = Schemas['Meta']
export type HelpLine = Schemas['HelpLine']

export type Grant = Schemas['Grant']
export type Session = Schemas['Session']
export type Matter = Session['matter']

export type Enterprise = Schemas['Enterprise']
export type Qualification = Loose<Schemas['EnterpriseQualification']>
export type Contact = Schemas['EnterpriseContact']
/** What the clerk may edit, as it stands in the form; the rest of Enterprise comes from the login. */
export type EnterpriseForm = Omit<Loose<Required<Schemas['EnterpriseForm']>>, 'qualifications' | 'contact'> & {
  qualifications: Qualification[]
  contact: Contact
}

/** The bodies and queries of the document itself. A form's free text goes into them by a cast: the server judges values. */
export type EnterpriseBody = Schemas['EnterpriseForm']
export type FilingSearchBody = Schemas['FilingSearch']
export type FilingListQuery = NonNullable<operations['listFilings']['parameters']['query']>
export type FilingCountQuery = NonNullable<operations['countFilings']['parameters']['query']>

export type Attachment = Schemas['Attachment']

export type FilingRow = Schemas['FilingRow']
export type FilingDetail = Schemas['Filing']
export type FilingForm = Schemas['FilingForm']
export type FilingPaper = Schemas['FilingPaper']
export type OpenFinding = Schemas['OpenFinding']
export type FilingClock = Schemas['FilingClock']
export type TimelineEntry = Schemas['TimelineEntry']
export type RowAction = Schemas['FilingAction']
export type ActionName = RowAction['action']
export type FilingPage = Schemas['FilingPage']
export type FilingCounts = Schemas['FilingCounts']
export type Refusal = Schemas['FilingRefusal']
export type CheckAnswer = Schemas['FilingCheck']
export type Revealed = Schemas['Revealed']

/** Everything a list can be narrowed by that may stand in a URL. */
export type FilingFilter = Omit<Loose<Partial<Schemas['FilingSearch']>>, 'id_number' | 'sort' | 'limit' | 'cursor'>
export type FilingQuery = Omit<Loose<Partial<Schemas['FilingSearch']>>, 'id_number'>

export type Commitment = Schemas['Commitment']
export type Receipt = Schemas['Receipt']
export type SubmitAnswer = Schemas['SubmitResult']
export type ReturnAnswer = Schemas['ReturnResult']
export type WithdrawalAnswer = Schemas['WithdrawalAnswer']

export type RegistrantRow = Schemas['RegistrantRow']
export type RegistrantDetail = Schemas['Registrant']
export type RegistrantEntry = Schemas['RegistrantEntry']
export type RegistrantPage = Schemas['RegistrantPage']
export type RegistrantCounts = Schemas['RegistrantCounts']
export type RegistrantSearchBody = Schemas['RegistrantSearch']
export type RegistrantListQuery = NonNullable<operations['listRegistrants']['parameters']['query']>
export type RegistrantCountQuery = NonNullable<operations['countRegistrants']['parameters']['query']>
export type RegistrantFilter = Omit<Loose<Partial<Schemas['RegistrantSearch']>>, 'id_number' | 'sort' | 'limit' | 'cursor'>
export type RegistrantQuery = Omit<Loose<Partial<Schemas['RegistrantSearch']>>, 'id_number'>

export type Rename = Schemas['Rename']
export type RenameRow = Schemas['RenameRow']
export type RenamePage = Schemas['RenamePage']
export type RenameOffer = Schemas['RenameOffer']
export type RenameRequest = Schemas['RenameRequest']
export type RenameListQuery = NonNullable<operations['listRenames']['parameters']['query']>

export type WarningRow = Schemas['WarningRow']
export type WarningPage = Schemas['WarningPage']
export type WarningSummary = Schemas['WarningSummary']
export type WarningListQuery = NonNullable<operations['listWarnings']['parameters']['query']>
export type WarningQuery = Loose<WarningListQuery>
export type CalendarFeed = Schemas['CalendarFeed']
export type NewCalendarFeed = Schemas['NewCalendarFeed']

export type AppealRow = Schemas['AppealRow']
export type AppealDetail = Schemas['Appeal']
export type AppealPage = Schemas['AppealPage']
export type AppealCounts = Schemas['AppealCounts']
export type AppealClock = Schemas['AppealClock']
export type AppealFile = Schemas['AppealFile']
export type AppealEntry = Schemas['AppealEntry']
export type AppealReceipt = Schemas['AppealReceipt']
export type AppealDraft = Loose<Schemas['AppealDraft']>
export type AppealDraftBody = Schemas['AppealDraft']
export type AppealListQuery = NonNullable<operations['listAppeals']['parameters']['query']>
export type AppealCountQuery = NonNullable<operations['countAppeals']['parameters']['query']>
/** What the list of findings can be narrowed by. */
export type AppealQuery = Loose<Partial<AppealListQuery>>
export type EnterpriseGrant = Schemas['EnterpriseGrant']
export type GrantState = EnterpriseGrant['state']
export type GrantPage = Schemas['GrantPage']
export type GrantDetail = Schemas['GrantDetail']
export type GrantBody = Schemas['GrantRequest']
export type IntegratorList = Schemas['IntegratorList']
export type ExportRecord = Schemas['Export']
export type ExportPage = Schemas['ExportPage']
export type ExportPreview = Schemas['ExportPreview']
export type ExportActionName = Schemas['ExportAction']['action']
export type ExportBody = Schemas['ExportRequest']
/** Which list under which query; the rest of the request the dialog asks for. */
export type ExportAsked = Loose<ExportBody>
export type ExportSource = Pick<ExportAsked, 'of' | 'filings' | 'registrants'>
export type Message = Schemas['Message']
export type MessageKind = Message['kind']
export type MessagePage = Schemas['MessagePage']
export type UnreadMessages = Schemas['UnreadMessages']

export type Overview = Schemas['Overview']
export type OverviewItem = Schemas['OverviewItem']
export type QualificationLookup = Schemas['QualificationLookup']
export type FilingSupplement = Schemas['FilingSupplement']
export type SupplementAnswer = Schemas['SupplementResult']
