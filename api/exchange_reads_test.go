package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zhuce/api"
	"zhuce/api/apitest"
	"zhuce/internal/auth"
)

// readFreely are the reads of other systems that tell nothing of anybody else: thin
// events (docs/adr/0019), their kinds, and what a client keeps itself.
var readFreely = []string{"/exchange/events", "/exchange/events/kinds", "/exchange/webhooks", "/exchange/webhooks/{id}", "/exchange/webhooks/{id}/deliveries"}

// Whatever another system reads leaves a line in the audit log. The routes come from
// the table, so a new one cannot be left out.
func TestReadsOfOtherSystemsAreAudited(t *testing.T) {
	t.Parallel()
	env := apitest.New(t)
	firm := env.Enterprise(t)
	file := env.Person(t).Post(t, "/exchange/attachments", apitest.File{Name: "申请表.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	id := env.Deliver(t, firm, func(d *api.DeliveryRequest) {
		d.Attachments[0] = api.DeliveryPaper{Kind: "application_form", AttachmentID: &file}
	})
	env.Submit(t, firm, id)
	province, ministry := env.Machine(t, auth.Province), env.Machine(t, auth.Ministry)
	paper := ministry.Post(t, "/exchange/findings/attachments", apitest.File{Name: "比对结果.pdf", Content: pdfPage(0)}).Want(t, 201).Text("id")
	finding := env.Finding(firm)
	finding.Attachments = []string{paper}
	found := ministry.Post(t, "/exchange/findings", finding).Want(t, 201).Text("id")
	renaming := "/exchange/renames/" + reported(t, renaming(t, env)) + "/copy"
	admin := env.Machine(t, auth.Administrator)

	type read struct {
		by     *apitest.Caller
		path   string
		status int
	}
	reads := map[string]read{
		"/admin/clients":         {admin, "/admin/clients", 200},
		"/admin/clients/{id}":    {admin, "/admin/clients/" + province.ClientID.String(), 200},
		"/exchange/grants":       {env.Machine(t, auth.Integrator), "/exchange/grants", 200},
		"/exchange/filings":      {province, "/exchange/filings", 200},
		"/exchange/filings/{id}": {province, "/exchange/filings/" + id, 200},
		"/exchange/filings/{id}/attachments/{attachment_id}/content": {province, "/exchange/filings/" + id + "/attachments/" + file + "/content", 200},
		"/exchange/findings/{id}":                                    {ministry, "/exchange/findings/" + found, 200},
		"/exchange/attachments/{id}/content":                         {ministry, "/exchange/attachments/" + paper + "/content", 200},
		"/exchange/registrations":                                    {ministry, "/exchange/registrations", 200},
		"/exchange/renames":                                          {province, "/exchange/renames", 200},
		"/exchange/renames/{id}/copy":                                {province, renaming, 404}, // a rename without a copy: nothing was read
	}
	for _, r := range api.Routes() {
		if r.Access != "machine" || r.Method != http.MethodGet || slices.Contains(readFreely, r.Path) {
			continue
		}
		c, ok := reads[r.Path]
		if !ok {
			t.Errorf("%s is a read of another system that no line here tries", r.Path)
			continue
		}
		delete(reads, r.Path)
		lines := func() int {
			return rows(t, env, `SELECT count(*) FROM audit_log WHERE caller = ?`, c.by.Actor.Caller())
		}
		before := lines()
		c.by.Get(t, c.path).Want(t, c.status)
		if n := lines() - before; n < 1 && c.status == 200 {
			t.Errorf("%s left no line in the audit log", r.Path)
		}
	}
	if len(reads) > 0 {
		t.Errorf("no such routes: %s", strings.Join(slices.Sorted(maps.Keys(reads)), ", "))
	}
}
