package filing

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMatrixOfWithdrawals prints what becomes of a request to withdraw: in every
// status that can have it, whatever anybody does, refusals and all.
func TestMatrixOfWithdrawals(t *testing.T) {
	var b strings.Builder
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	asking := map[Action]bool{AskWithdrawal: true, CancelWithdrawal: true, AgreeWithdrawal: true, DeclineWithdrawal: true}
	for _, flag := range []Withdrawal{"", WithdrawalRequested, WithdrawalAgreed, WithdrawalDeclined, WithdrawalVoid} {
		for _, s := range Statuses {
			status := Status(s.Value)
			if (flag == WithdrawalAgreed) != (status == Withdrawn) || flag == WithdrawalRequested && status != ProvincePending && status != MinistryPending {
				continue // the database does not hold it either
			}
			fmt.Fprintf(&b, "# %s, withdrawal %q\n", s.ZH, flag)
			for _, by := range everyParty {
				for _, do := range everyAction {
					f := Filing{Track: Engineer, Status: status, Withdrawal: flag}
					after, why := Apply(f, do, by, now)
					switch {
					case why == nil && (asking[do] || after.Withdrawal != f.Withdrawal):
						fmt.Fprintf(&b, "%s | %s | %s | withdrawal %q\n", by, do, after.Status.Text().ZH, after.Withdrawal)
					case why != nil && asking[do]:
						fmt.Fprintf(&b, "%s | %s | ✗ %s\n", by, do, why.Def.Code)
					}
				}
			}
		}
	}
	const golden = "testdata/withdrawals.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/filing -run TestMatrix -update, and read the diff", golden)
	}
}
