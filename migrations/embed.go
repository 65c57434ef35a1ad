// Package migrations holds the schema, as SQL that goose applies in order.
// A released file is frozen; a change is a new file.
package migrations

import "embed"

// FS holds the migration files.
//
//go:embed *.sql
var FS embed.FS
