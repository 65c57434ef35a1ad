// Package docstest holds the documents to the truth: what they say of words,
// states, settings, paths, links and make targets is compared with the code. It
// has tests alone; a page that has become wrong fails here.
//
// The tables of the glossary that list values are written anew with
//
//	go test ./internal/docstest -run TestGlossary -update
package docstest
