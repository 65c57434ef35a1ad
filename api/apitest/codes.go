package apitest

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"zhuce/internal/contract"
)

// addCodes lets what the contract does not list into its list instead of failing.
var addCodes = flag.Bool("codes", false, "add the codes that are answered to docs/openapi/refusals.txt")

// ErrUnlisted: a refusal of ours, in its right form, that the operation does not list.
var ErrUnlisted = errors.New("is not among the codes")

// seen are the codes that were answered in this process.
var seen = struct {
	sync.Mutex
	codes contract.Answered
}{codes: contract.Answered{}}

// unlisted says when the operation refuses with a code that the contract does not
// list for it, be it the problem's own or that of a detail.
func unlisted(op *openapi3.Operation, a *Answer) error {
	if a.Status < http.StatusBadRequest || a.Status == http.StatusInternalServerError || a.Code() == "" {
		return nil
	}
	var details []string
	for i := range a.Len("errors") {
		// Those of the body's reader stand on every route.
		if code := a.Text("errors", i, "code"); !strings.HasPrefix(code, "request.") && code != a.Code() && !slices.Contains(details, code) {
			details = append(details, code)
		}
	}
	byStatus, _ := op.Extensions["x-error-codes"].(map[string]any)
	known := slices.Contains(texts(byStatus[strconv.Itoa(a.Status)]), a.Code())
	inside := texts(op.Extensions["x-detail-codes"])
	var missing []string
	for _, d := range details {
		if !slices.Contains(inside, d) {
			missing = append(missing, d)
		}
	}
	seen.Lock()
	defer seen.Unlock()
	seen.codes.Add(op.OperationID, a.Code(), details...)
	switch {
	case known && len(missing) == 0:
		return nil
	case *addCodes:
		return note(op.OperationID, a.Code(), details)
	}
	return fmt.Errorf("%d %s %v %w of %s in the contract: run this test with -codes, then `make gen`", a.Status, a.Code(), missing, ErrUnlisted, op.OperationID)
}

// note adds to the list in the repository.
func note(operation, code string, details []string) error {
	path := refusalsFile()
	list, err := contract.ReadAnswered(path)
	if err == nil && list.Add(operation, code, details...) {
		err = list.Write(path)
	}
	return err
}

func refusalsFile() string {
	dir, _ := os.Getwd()
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	return filepath.Join(dir, "docs/openapi/refusals.txt")
}

// Main runs the tests of a package that is answered with every code there is. A
// whole run fails when the list has one that no test saw: it is stale, or untested.
// Codes of details are left out: which of them a race ends with is chance.
func Main(m *testing.M) {
	flag.Parse()
	status := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""
	if status == 0 && whole && !testing.Short() {
		if unseen := unseen(); len(unseen) > 0 {
			fmt.Fprintf(os.Stderr, "docs/openapi/refusals.txt lists what no test of this package saw answered; delete the line or write the test:\n  %s\n",
				strings.Join(unseen, "\n  "))
			status = 1
		}
	}
	os.Exit(status)
}

func unseen() []string {
	list, err := contract.ReadAnswered(refusalsFile())
	if err != nil {
		return []string{err.Error()}
	}
	seen.Lock()
	defer seen.Unlock()
	have := map[string]bool{}
	for _, line := range seen.codes.Lines() {
		have[line] = true
	}
	want := map[string]bool{}
	for _, line := range list.Lines() {
		if len(strings.Fields(line)) == 2 && !have[line] {
			want[line] = true
		}
	}
	return slices.Sorted(maps.Keys(want))
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, one := range list {
		out[i], _ = one.(string)
	}
	return out
}
