package fuzztest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// memory is what the answers taught, in the order in which they came.
type memory struct {
	ids     map[string][]string // by the sort of record, and by caller and sort
	values  map[string][]string // by the name of the property
	tags    map[string]string   // the newest ETag of an address
	open    map[string][]string // by caller and action: the records that it was said to be open on
	letters []letter            // commitments that were opened
}

// letter is an opened commitment: it can be signed for these filings alone.
type letter struct {
	id, by  string
	filings []any
}

func newMemory() *memory {
	return &memory{ids: map[string][]string{}, values: map[string][]string{}, tags: map[string]string{}, open: map[string][]string{}}
}

// kept bounds each list; the newest are kept.
const kept = 80

func remember(list []string, v string) []string {
	if slices.Contains(list, v) {
		return list
	}
	if len(list) >= kept {
		list = slices.Delete(list, 0, 1)
	}
	return append(list, v)
}

func forget(list []string, v string) []string {
	return slices.DeleteFunc(list, func(have string) bool { return have == v })
}

// id is one of the sort that the caller was told of, now and then one that another
// was; "" when none is known.
func (m *memory) id(r *rand.Rand, by *caller, kind string) string {
	if by != nil && r.IntN(100) < 85 {
		if id := oneOf(r, m.ids[by.name+" "+kind]); id != "" {
			return id
		}
	}
	return oneOf(r, m.ids[kind])
}

// oneOf is any of a list, the newer ones more often; "" of an empty one.
func oneOf(r *rand.Rand, list []string) string {
	switch {
	case len(list) == 0:
		return ""
	case r.IntN(2) == 0:
		return list[len(list)-1-r.IntN(min(6, len(list)))]
	default:
		return list[r.IntN(len(list))]
	}
}

// learn keeps what a taken request said and what its answer told.
func (m *memory) learn(s *shot, a *answer) {
	if a.Status < 200 || a.Status >= 300 {
		return
	}
	kind := kindOf(s.op.path)
	if tag := a.Header.Get("ETag"); tag != "" {
		m.tags[tagged(s.path)] = tag
	}
	walk(s.body, kind, func(name, _, value string) {
		if strings.HasSuffix(name, "_ref") {
			m.values[name] = remember(m.values[name], value)
		}
	})
	walk(a.Body, kind, func(name, kind, value string) {
		if name != "id" {
			kind = kindOfName(name)
		}
		switch {
		case kind != "" && len(value) == 36:
			m.ids[kind] = remember(m.ids[kind], value)
			m.ids[s.by.name+" "+kind] = remember(m.ids[s.by.name+" "+kind], value)
		case name == "url", name == "address":
			m.values["address"] = remember(m.values["address"], value[strings.LastIndexByte(value, '/')+1:])
		case value != "" && len(value) <= 300:
			m.values[name] = remember(m.values[name], value)
		}
	})
	m.actions(s.by, a)
	if sent, ok := s.doc.(map[string]any); ok && s.op.OperationID == "openCommitment" && a.Text("id") != "" {
		list, _ := sent["filing_ids"].([]any)
		m.letters = append(m.letters[max(0, len(m.letters)-20):], letter{a.Text("id"), s.by.name, list})
	}
}

// tagged is the address that a version belongs to: what is done to a part of a record
// goes by the version of the whole.
func tagged(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, "/draft"), "/submit")
}

// actions keeps which actions the answer says are open, and on what.
func (m *memory) actions(by *caller, a *answer) {
	var doc any
	if json.Unmarshal(a.Body, &doc) != nil {
		return
	}
	rows := []any{doc}
	if page, ok := doc.(map[string]any); ok {
		if items, ok := page["items"].([]any); ok {
			rows = items
		}
	}
	for _, row := range rows {
		r, _ := row.(map[string]any)
		id, _ := r["id"].(string)
		list, _ := r["actions"].([]any)
		for _, x := range list {
			act, _ := x.(map[string]any)
			key := by.name + " " + fmt.Sprint(act["action"])
			if m.open[key] = forget(m.open[key], id); act["allowed"] == true {
				m.open[key] = remember(m.open[key], id)
			}
		}
	}
}

// walk visits the texts in a JSON document in its order, with the name of each and the
// sort of record that it stands in.
func walk(doc []byte, kind string, visit func(name, kind, value string)) {
	if len(doc) == 0 || doc[0] != '{' && doc[0] != '[' {
		return
	}
	d := json.NewDecoder(strings.NewReader(string(doc)))
	_ = walkValue(d, "", kind, visit)
}

func walkValue(d *json.Decoder, name, kind string, visit func(name, kind, value string)) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch v := token.(type) {
	case string:
		visit(name, kind, v)
	case json.Delim:
		for d.More() {
			inner, of := name, kind
			if v == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				inner, _ = key.(string)
				of = nested(inner, kind)
			}
			if err := walkValue(d, inner, of, visit); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}

// nested is the sort of the records below a member: {"attachments": [{"id"…
func nested(member, kind string) string {
	switch member {
	case "attachments", "evidence", "papers", "file", "copy":
		return "attachments"
	case "commitment", "commitments":
		return "commitments"
	case "filing", "filings", "renewal", "open_filings", "blockers":
		return "filings"
	case "registration", "registrant", "registrants":
		return "registrants"
	case "withdrawals", "last_withdrawal", "user", "enterprise", "subject", "timeline", "history", "supplement":
		return member
	}
	return kind
}
