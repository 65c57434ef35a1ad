package api

import (
	"maps"
	"slices"

	"zhuce/internal/appeal"
	"zhuce/internal/client"
	employer "zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/export"
	"zhuce/internal/filing"
	"zhuce/internal/grant"
	"zhuce/internal/idno"
	"zhuce/internal/label"
	"zhuce/internal/message"
	"zhuce/internal/outbox"
	"zhuce/internal/registrant"
	"zhuce/internal/rename"
	"zhuce/internal/warning"
	"zhuce/internal/webhook"
)

// Vocabulary is the values of every field and parameter that has a fixed set, by
// its name in JSON, for the contract. A key "Type.field" speaks for that field
// alone, "operation.parameter" for that parameter; an empty list there means that the field is not held to any.
func Vocabulary() map[string][]string {
	statuses := label.Values(filing.Statuses)
	return map[string][]string{
		"status": statuses, "from": statuses, "to": statuses,
		"phase": label.Values(filing.Phases), "track": label.Values(filing.Tracks), "matter": label.Values(filing.Matters),
		"action": label.Values(filing.Actions), "party": label.Values(filing.Parties),
		"profession": professions(), "registration_type": label.Values(filing.RegistrationTypes),
		"pre_registration": label.Values(filing.PreRegistrations), "withdrawal": label.Values(filing.Withdrawals),
		"QualificationLookup.outcome": label.Values(filing.Outcomes), "QualificationLookup.asked_for": label.Values(filing.AskedFor), "FilingSupplement.source": label.Values(filing.SupplementSources),
		"gender": label.Values(filing.Genders), "id_type": label.Values(filing.IDTypes),
		"kind": label.Values(filing.PaperKinds), "missing_papers": label.Values(filing.PaperKinds),
		"OpenFinding.kind": label.Values(appeal.Kinds), "OpenFinding.state": label.Values(appeal.States),
		"FilingClock.step": label.Values(filing.Steps), "FilingClock.ending": label.Values(filing.Endings),
		"FilingClock.article": label.Values(filing.Articles), "TimelineEntry.article": label.Values(filing.Articles),
		"sort":      filing.Sorts(),
		"education": orEmpty(label.Values(filing.Educations)), "contract_type": orEmpty(label.Values(filing.ContractTypes)),
		"economic_type": orEmpty(label.Values(employer.EconomicTypes)), "category": orEmpty(label.Values(employer.QualificationCategories)),
		"grade": orEmpty(label.Values(employer.QualificationGrades)), "state": orEmpty(label.Values(employer.QualificationStates)),
		"level": label.Values(warning.Levels), "situation": label.Values(warning.Situations),
		"next_step": label.Values(warning.Steps), "basis": label.Values(warning.Articles),
		"industries": label.Values(employer.Industries), "province": orEmpty(slices.Sorted(maps.Keys(idno.Provinces))),

		"readEvents.kind": eventKinds(), "WebhookRequest.kinds": eventKinds(), "Webhook.kinds": {}, "NewWebhook.kinds": {},
		"WebhookDelivery.state": label.Values(webhook.States), "listWebhookDeliveries.state": label.Values(webhook.States),
		"WebhookAttempt.failure": label.Values(webhook.Failures), "WebhookAttempt.status": {},
		"Webhook.disabled_reason": label.Values(webhook.Reasons), "NewWebhook.disabled_reason": label.Values(webhook.Reasons),

		"EnterpriseGrant.state": label.Values(grant.States), "GrantDetail.state": label.Values(grant.States), "EnterpriseGrant.scopes": label.Values(grant.Scopes), "GrantDetail.scopes": label.Values(grant.Scopes),
		"Integrator.scopes": label.Values(grant.Scopes), "GrantRequest.scopes": label.Values(grant.Scopes), "HeldGrant.scopes": label.Values(grant.Scopes),
		"MachineClient.party": texts(client.Parties), "MachineClientDetail.party": texts(client.Parties), "ClientRegistration.party": texts(client.Parties),
		"MachineClient.provinces": slices.Sorted(maps.Keys(idno.Provinces)), "MachineClientDetail.provinces": slices.Sorted(maps.Keys(idno.Provinces)),

		"RenameRow.status": label.Values(rename.Statuses), "Rename.status": label.Values(rename.Statuses), "ReportedRename.status": label.Values(rename.Statuses),
		"RenameEntry.from": label.Values(rename.Statuses), "RenameEntry.to": label.Values(rename.Statuses),
		"RenameEntry.action": label.Values(rename.Actions), "RenameAction.action": label.Values(rename.Actions), "RenameOffer.copy_industries": label.Values(employer.Industries),

		"AppealRow.state": label.Values(appeal.States), "AppealCount.state": label.Values(appeal.States), "Appeal.state": label.Values(appeal.States),
		"AppealReceipt.state": label.Values(appeal.States), "AppealEntry.from": label.Values(appeal.States), "AppealEntry.to": label.Values(appeal.States),
		"AppealRow.kind": label.Values(appeal.Kinds), "Appeal.kind": label.Values(appeal.Kinds), "AppealAction.action": label.Values(appeal.Actions),
		"AppealEntry.action": label.Values(appeal.Actions), "Appeal.reason": label.Values(appeal.Reasons), "AppealChoice.reason": label.Values(appeal.Reasons),
		"AppealDraft.reason": orEmpty(label.Values(appeal.Reasons)), "AppealFile.proof": label.Values(appeal.Proofs), "AppealChoice.proofs": label.Values(appeal.Proofs),
		"AppealEvidence.proof": label.Values(appeal.Proofs), "Appeal.measure": label.Values(appeal.Measures),
		"FindingRequest.kind": label.Values(appeal.Kinds), "Finding.kind": label.Values(appeal.Kinds), "Finding.state": label.Values(appeal.States),
		"FindingResult.state": label.Values(appeal.States), "Finding.reason": label.Values(appeal.Reasons), "Finding.measure": label.Values(appeal.Measures),
		"OutcomeRequest.measure": orEmpty(label.Values(appeal.Measures)), "OutcomeResult.state": label.Values(appeal.States),
		"listRegistrants.status": label.Values(registrant.Statuses),
		"RegistrantRow.status":   label.Values(registrant.Statuses), "Registrant.status": label.Values(registrant.Statuses),
		"RegistrantCount.status": label.Values(registrant.Statuses), "DecidedRegistration.status": label.Values(registrant.Statuses),
		"RegistrantFilter.status": label.Values(registrant.Statuses), "RegistrantSearch.status": label.Values(registrant.Statuses),
		"RegistrantSearch.sort": registrant.Sorts(), "RegistrantEntry.note": label.Values(registrant.Notes),
		"RegistrantEntry.registration_type": label.Values(registrant.Acts), "ExchangeRegistration.status": label.Values(registrant.Statuses),
		"listRegistrations.status": label.Values(registrant.Statuses), "RegisterCorrected.status": label.Values(registrant.Statuses),
		"RegisterCorrection.action": {string(registrant.Amend), string(registrant.Revoke)}, "RegisterCorrection.legal_basis": orEmpty(label.Values(registrant.RevocationLabels())),
		"DecisionRequest.action": texts(filing.Decisions), "legal_basis": label.Values(filing.GroundLabels()),
		"DecisionPaper.kind": label.Values(filing.DecisionPaperKinds()), "TimelinePaper.kind": label.Values(filing.DecisionPaperKinds()),
		"paper_kind": orEmpty(label.Values(filing.PaperKinds)), "field": orEmpty(label.Values(filing.CorrectionFields)),
		"Export.state": label.Values(export.States), "Export.of": label.Values(export.Sources), "ExportRequest.of": label.Values(export.Sources),
		"ExportAction.action": label.Values(export.Actions),
		"OverviewItem.item":   overviewItems(),
		"Message.kind":        label.Values(message.Kinds), "MessageCount.kind": label.Values(message.Kinds),
		"ReadMessages.kind": orEmpty(label.Values(message.Kinds)), "NoticeRequest.kind": {"", "notice", "system"},

		"ExportRegistrants.status": label.Values(registrant.Statuses), "ExportRegistrants.sort": registrant.Sorts(),
		"ProblemRecord.status": nil, // of a record of any type
		"FilingRefusal.status": orEmpty(statuses),
	}
}

// Status is the HTTP status that refusals of the kind are answered with.
func Status(kind errs.Kind) int { return status[kind] }

// orEmpty adds the empty text, which stands for "not filled in".
func orEmpty(list []string) []string { return append([]string{""}, list...) }

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func professions() []string {
	out := make([]string, len(filing.Professions))
	for i, p := range filing.Professions {
		out[i] = p.Value
	}
	return out
}

func eventKinds() []string {
	all := outbox.All()
	out := make([]string, len(all))
	for i, d := range all {
		out[i] = d.Kind
	}
	return out
}
