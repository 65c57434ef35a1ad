package api_test

import (
	"testing"

	"zhuce/api/apitest"
	"zhuce/internal/auth"
	"zhuce/internal/filing"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm, stranger := env.Enterprise(t), env.Enterprise(t)
	if a := firm.Get(t, "/overview").Want(t, 200); a.Len("items") != 0 {
		t.Errorf("of nothing: %s", a.Body)
	}
	ids := env.DeliverMany(t, firm, 4)
	env.Submit(t, firm, ids[0], ids[1])
	env.Decide(t, auth.Province, filing.AskCorrection, "请补正", ids[0])
	env.Deliver(t, stranger)
	tell(t, env, firm, 1)
	// Every number is that of the list that it leads to.
	lists := map[string]string{"to_submit": "/filings?status=pending_submission", "corrections": "/filings?status=province_correction&status=ministry_correction",
		"unread": "/messages?unread=true", "withdrawals": "/filings?withdrawal=requested"}
	o := firm.Get(t, "/overview").Want(t, 200)
	seen := map[string]bool{}
	for i := range o.Len("items") {
		item := o.Text("items", i, "item")
		seen[item] = true
		if want := firm.Get(t, lists[item]).Want(t, 200).Text("total"); o.Text("items", i, "count") != want {
			t.Errorf("%s: %s, its list has %s", item, o.Text("items", i, "count"), want)
		}
	}
	if !seen["to_submit"] || !seen["corrections"] || !seen["unread"] || seen["withdrawals"] {
		t.Errorf("%s", o.Body)
	}
	few := env.Statements(func() { firm.Get(t, "/overview").Want(t, 200) })
	env.DeliverMany(t, firm, 30)
	if many := env.Statements(func() { firm.Get(t, "/overview").Want(t, 200) }); many != few || few > 5 {
		t.Errorf("%d statements with few, %d with many", few, many)
	}
}
