package export

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"zhuce/internal/auth"
)

var update = flag.Bool("update", false, "write the golden files anew; read the diff")

// Every state, whoever asks, whatever is in the file: what is open, and the code of what is not.
func TestActions(t *testing.T) {
	t.Parallel()
	asker := auth.Actor{Party: auth.Enterprise, UserID: uuid.New()}
	colleague := auth.Actor{Party: auth.Enterprise, UserID: uuid.New()}
	var b strings.Builder
	for _, s := range States {
		for _, masked := range []bool{true, false} {
			for _, who := range []auth.Actor{asker, colleague} {
				fmt.Fprintf(&b, "%-9s masked=%-5t asker=%-5t", s.Value, masked, who.UserID == asker.UserID)
				for _, o := range Allowed(Export{State: State(s.Value), Masked: masked, UserID: asker.UserID}, who) {
					says := "yes"
					if o.Denied != nil {
						says = o.Denied.Def.Code
					}
					fmt.Fprintf(&b, " %s=%s", o.Action, says)
				}
				b.WriteByte('\n')
			}
		}
	}
	const golden = "testdata/actions.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != b.String() {
		t.Errorf("not as in %s; go test ./internal/export -run TestActions -update, and read the diff\n%s", golden, b.String())
	}
}
