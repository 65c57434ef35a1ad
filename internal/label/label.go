// Package label gives values their names in both languages. Each domain keeps its
// tables beside its constants; the API serves them at /meta and nothing else holds
// the words.
package label

import (
	"slices"

	"zhuce/internal/errs"
)

// Label is a value with its names.
type Label struct {
	Value string
	errs.Text
}

// New makes a label.
func New(value, zh, en string) Label { return Label{value, errs.Text{ZH: zh, EN: en}} }

// TextOf is the value's name; a value that the table lacks stands for itself.
func TextOf(table []Label, value string) errs.Text {
	if i := index(table, value); i >= 0 {
		return table[i].Text
	}
	return errs.Text{ZH: value, EN: value}
}

// Known reports whether the table has the value.
func Known(table []Label, value string) bool { return index(table, value) >= 0 }

// Values lists the values, in the order in which they are shown.
func Values(table []Label) []string {
	out := make([]string, len(table))
	for i, l := range table {
		out[i] = l.Value
	}
	return out
}

func index(table []Label, value string) int {
	return slices.IndexFunc(table, func(l Label) bool { return l.Value == value })
}
