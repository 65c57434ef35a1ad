package pg

import (
	"strings"

	"github.com/google/uuid"
)

// UUIDs writes ids as an array parameter, for `= ANY(?::uuid[])`: one statement
// text for any number of ids, where an IN list has one for each.
func UUIDs(ids []uuid.UUID) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(id.String())
	}
	b.WriteByte('}')
	return b.String()
}

// Texts writes strings as an array parameter, for `= ANY(?::text[])`.
func Texts[S ~string](values []S) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(quote.Replace(string(v)))
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}
