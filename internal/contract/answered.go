package contract

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Answered are the codes that operations of the API were seen to refuse with:
// operation → code → codes of its details. What the shape of an operation implies
// ([Source].Shared) is no part of it.
type Answered map[string]map[string][]string

const answeredHead = `# The codes that each operation refuses with, beside those that its shape implies: operation, code, code of a detail.
# A test of package api that is answered with another one fails; "go test ./api -run TestX -codes" adds it here, "make gen"
# brings it into the contract. A code that no test of the package saw fails the whole run: delete the line, or write the test.
`

// ReadAnswered reads the list at path; without a file it is empty.
func ReadAnswered(path string) (Answered, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return Answered{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := Answered{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) == 0 || f[0] == "#":
		case len(f) == 2:
			out.Add(f[0], f[1])
		case len(f) == 3:
			out.Add(f[0], f[1], f[2])
		default:
			return nil, fmt.Errorf("%s: cannot read %q", path, lines.Text())
		}
	}
	return out, lines.Err()
}

// Add notes an answer, and reports whether anything about it is new.
func (a Answered) Add(operation, code string, details ...string) (fresh bool) {
	if a[operation] == nil {
		a[operation] = map[string][]string{}
	}
	list, known := a[operation][code]
	fresh = !known
	for _, d := range details {
		if !slices.Contains(list, d) {
			list, fresh = append(list, d), true
		}
	}
	slices.Sort(list)
	a[operation][code] = list
	return fresh
}

// Lines are the list, one answer a line, in order.
func (a Answered) Lines() []string {
	var out []string
	for _, operation := range slices.Sorted(maps.Keys(a)) {
		for _, code := range slices.Sorted(maps.Keys(a[operation])) {
			out = append(out, operation+" "+code)
			for _, d := range a[operation][code] {
				out = append(out, operation+" "+code+" "+d)
			}
		}
	}
	return out
}

// Write puts the list into the file at path.
func (a Answered) Write(path string) error {
	return os.WriteFile(path, []byte(answeredHead+strings.Join(a.Lines(), "\n")+"\n"), 0o644)
}
