// Package archtest holds the import arrows of the house as a test: the list in
// docs/architecture.md against what the files say.
package archtest
