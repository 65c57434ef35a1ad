package contract

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkTexts holds every operation to what a reader needs: an id, a summary in
// English with the Chinese term, a description that is not the summary again, and a
// tag that is described.
func checkTexts(doc *openapi3.T) error {
	var broken []error
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			lacks := func(what string) { broken = append(broken, fmt.Errorf("%s %s lacks %s", method, path, what)) }
			if op.OperationID == "" {
				lacks("an @ID")
			}
			if !strings.ContainsFunc(op.Summary, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || !strings.ContainsFunc(op.Summary, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
				lacks("an English @Summary with the Chinese term")
			}
			if strings.TrimSpace(op.Description) == "" || op.Description == op.Summary {
				lacks("a @Description")
			}
			if len(op.Tags) == 0 {
				lacks("@Tags")
			}
			for _, tag := range op.Tags {
				if t := doc.Tags.Get(tag); t == nil || t.Description == "" {
					lacks("a described tag: say in doc.go what " + tag + " is")
				}
			}
		}
	}
	for name, scheme := range doc.Components.SecuritySchemes {
		if scheme.Value.Flows == nil || scheme.Value.Flows.ClientCredentials == nil {
			continue
		}
		for scope, text := range scheme.Value.Flows.ClientCredentials.Scopes {
			if zh, en, two := strings.Cut(text, " · "); !two || zh == "" || en == "" {
				broken = append(broken, fmt.Errorf("%s: the scope %s is to be described as 中文 · English", name, scope))
			}
		}
	}
	return errors.Join(broken...)
}
