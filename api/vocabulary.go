package api

import (
	"maps"
	"slices"

	employer "zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/filing"
	"zhuce/internal/idno"
)

// Vocabulary is the values of every field and parameter that has a fixed set, by
// its name in JSON, for the contract. A key "Type.field" speaks for that field
// alone; an empty list there means that the field is not held to any.
func Vocabulary() map[string][]string {
	statuses := values(filing.Statuses)
	return map[string][]string{
		"status": statuses, "from": statuses, "to": statuses,
		"phase": values(filing.Phases), "track": values(filing.Tracks), "matter": values(filing.Matters),
		"action": values(filing.Actions), "party": values(filing.Parties),
		"profession": professions(), "registration_type": values(filing.RegistrationTypes),
		"pre_registration": values(filing.PreRegistrations), "withdrawal": values(filing.Withdrawals),
		"gender": values(filing.Genders), "id_type": values(filing.IDTypes),
		"kind": values(filing.PaperKinds), "missing_papers": values(filing.PaperKinds),
		"sort":      filing.Sorts(),
		"education": orEmpty(values(filing.Educations)), "contract_type": orEmpty(values(filing.ContractTypes)),
		"economic_type": orEmpty(names(employer.EconomicTypes)), "category": orEmpty(names(employer.QualificationCategories)),
		"grade": orEmpty(names(employer.QualificationGrades)), "state": orEmpty(names(employer.QualificationStates)),
		"industries": industries(), "province": orEmpty(slices.Sorted(maps.Keys(idno.Provinces))),

		"ProblemRecord.status": nil, // of a record of any type
		"FilingRefusal.status": orEmpty(statuses),
	}
}

// Status is the HTTP status that refusals of the kind are answered with.
func Status(kind errs.Kind) int { return status[kind] }

// orEmpty adds the empty text, which stands for "not filled in".
func orEmpty(list []string) []string { return append([]string{""}, list...) }

func values(table []filing.Label) []string {
	out := make([]string, len(table))
	for i, l := range table {
		out[i] = l.Value
	}
	return out
}

func names(table []employer.Label) []string {
	out := make([]string, len(table))
	for i, l := range table {
		out[i] = l.Value
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

func industries() []string {
	out := make([]string, len(employer.Industries))
	for i, l := range employer.Industries {
		out[i] = l.Value
	}
	return out
}
