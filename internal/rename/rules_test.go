package rename

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"zhuce/internal/auth"
	"zhuce/internal/enterprise"
	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/registers"
)

var update = flag.Bool("update", false, "write the golden files anew")

var moment = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// golden compares with a file; the diff of the file is the change.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the rules do not match %s; if the change is meant: go test ./internal/rename -run Matrix -update, and read the diff", path)
	}
}

// TestMatrix prints what every party may do to a rename in every state.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	for _, status := range append([]label.Label{label.New("", "尚未上报", "not made")}, Statuses...) {
		for _, by := range []auth.Party{auth.Person, auth.Enterprise, auth.Province, auth.Ministry, auth.System} {
			for _, do := range []Action{Submit, Approve, Refuse} {
				before := Rename{Status: Status(status.Value), Version: 1}
				after, why := Apply(before, do, by, moment)
				if why != nil {
					fmt.Fprintf(&b, "%s | %s | %s | ✗ %s\n", status.ZH, by, do, why.Def.Code)
					if after != before {
						t.Errorf("%s %s %s: refused, yet changed", status.Value, by, do)
					}
					continue
				}
				fmt.Fprintf(&b, "%s | %s | %s | %s\n", status.ZH, by, do, label.TextOf(Statuses, string(after.Status)).ZH)
				if after.Version != 2 || (after.DecidedAt != nil) != (after.Status != Submitted) {
					t.Errorf("%s %s %s: %+v", status.Value, by, do, after)
				}
			}
		}
	}
	golden(t, "transitions.golden", b.String())
}

// TestJudgeMatrix prints, for everything that the register and the login can say and
// everything that can stand in the way, the new name or why there is none.
func TestJudgeMatrix(t *testing.T) {
	const stored, fresh, third = "旧名", "新名", "别名"
	saved := moment
	var b strings.Builder
	for _, register := range []struct {
		says  string
		name  registers.LegalName
		fails *errs.Error
	}{
		{"登记：旧名", registers.LegalName{Name: stored}, nil},
		{"登记：新名", registers.LegalName{Name: fresh}, nil},
		{"登记：旧名（缓存）", registers.LegalName{Name: stored, Stale: true}, nil},
		{"登记：新名（缓存）", registers.LegalName{Name: fresh, Stale: true}, nil},
		{"登记：无应答", registers.LegalName{}, registers.ErrDown.New()},
		{"登记：查无此企业", registers.LegalName{}, registers.ErrUnknownFirm.New()},
	} {
		for _, login := range []string{stored, fresh, third} {
			for _, way := range []string{"", "未保存基本信息", "有在办申报", "有在办更名", "有在办申报和更名"} {
				f := Facts{Enterprise: enterprise.Enterprise{Name: stored, LoginName: login, SavedAt: &saved}, Register: register.name, Unanswered: register.fails}
				if strings.Contains(way, "未保存") {
					f.Enterprise.SavedAt = nil
				}
				if strings.Contains(way, "申报") {
					f.OpenFilings = 2
				}
				if strings.Contains(way, "更名") {
					f.Open = &Rename{Status: Submitted}
				}
				said := "→ " + f.NewName()
				if why := Judge(f); why != nil {
					said = "✗ " + why.Def.Code
				}
				fmt.Fprintf(&b, "%s | 登录：%s | %s | %s\n", register.says, login, way, said)
			}
		}
	}
	golden(t, "offers.golden", b.String())
}

// TestTheManual states the rules that the manual states, one line each.
func TestTheManual(t *testing.T) {
	saved := moment
	e := enterprise.Enterprise{Name: "旧名", LoginName: "新名", SavedAt: &saved}
	for _, tc := range []struct {
		section string
		f       Facts
		code    string
	}{
		{"3.7 renamed in the business register first", Facts{Enterprise: e, Register: registers.LegalName{Name: "新名"}}, ""},
		{"3.7 not renamed there yet, whatever the login says", Facts{Enterprise: e, Register: registers.LegalName{Name: "旧名"}}, "rename.login_differs_alone"},
		{"3.7 note 1, blocked while a filing is open", Facts{Enterprise: e, Register: registers.LegalName{Name: "新名"}, OpenFilings: 1}, "rename.filings_open"},
	} {
		if got := Judge(tc.f); tc.code == "" && got != nil || tc.code != "" && (got == nil || got.Def.Code != tc.code) {
			t.Errorf("%s: got %v, want %q", tc.section, got, tc.code)
		}
	}
}

func TestBracketsAndBlanksAreNoNewName(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"华北设计（北京）有限公司", "华北设计(北京)有限公司", true},
		{"华北设计 有限公司", "华北设计有限公司", true},
		{"华北设计有限公司", "华北设计集团有限公司", false},
		{"华北设计（北京）有限公司", "华北设计有限公司", false},
	} {
		if sameName(tc.a, tc.b) != tc.same {
			t.Errorf("%s and %s: wanted %v", tc.a, tc.b, tc.same)
		}
	}
}

func TestTheEnterpriseIsOfferedNothingOnARenameThatIsMade(t *testing.T) {
	if got := Allowed(Rename{Status: Submitted}, auth.Enterprise); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	for status, open := range map[Status]bool{Submitted: true, Approved: false, Refused: false} {
		for _, a := range Allowed(Rename{Status: status}, auth.Province) {
			if (a.Denied == nil) != open {
				t.Errorf("%s: %s %v", status, a.Action, a.Denied)
			}
		}
	}
}
