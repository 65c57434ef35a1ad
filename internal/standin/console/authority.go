package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

var errUnknown = errors.New("unknown here 这里没有这条记录")

// deskActions are what each authority may do with a filing, in the order of the steps.
var deskActions = map[Side][]string{
	Province: {"accept", "refuse", "ask_correction", "forward", "pause", "resume"},
	Ministry: {"accept", "refuse", "ask_correction", "publish", "approve", "deny", "pause", "resume", "extend"},
}

// deskPage lists what lies with an authority.
func (c *Console) deskPage(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.show(w, r, "desk", view{Title: string(by) + ".title", Nav: string(by), Side: by}, func(ctx context.Context, v *view) error {
			q := url.Values{"limit": {"30"}}
			for _, name := range []string{"status", "profession", "registration_type", "province", "matter", "cursor"} {
				if value := r.URL.Query().Get(name); value != "" {
					q.Set(name, value)
				}
			}
			var page struct {
				Items      []filed `json:"items"`
				NextCursor *string `json:"next_cursor"`
				Total      int     `json:"total"`
			}
			if err := c.look(ctx, by, "/exchange/filings?"+q.Encode(), &page); err != nil {
				return err
			}
			next, back := "", "/"+string(by)
			if page.NextCursor != nil {
				n := r.URL.Query()
				n.Del("act")
				n.Set("cursor", *page.NextCursor)
				next = back + "?" + n.Encode()
			}
			if here := r.URL.Query(); len(here) > 0 {
				here.Del("act")
				back += "?" + here.Encode()
			}
			v.Body = struct {
				Items      []filed
				Total      int
				Next, Back string
				Actions    []string
			}{page.Items, page.Total, next, back, deskActions[by]}
			return nil
		})
	}
}

// numbered is a filing about to be approved, with the numbers it may get.
type numbered struct {
	filed
	item
}

// decidePosted sends a decision on the ticked filings. An approval asks for the
// numbers first, on a page of its own.
func (c *Console) decidePosted(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // what cannot be read is empty and refused below
		ids, action := r.PostForm["id"], r.PostFormValue("action")
		back := r.PostFormValue("back")
		if back == "" {
			back = "/" + string(by)
		}
		if action == "approve" && r.PostFormValue("numbered") == "" && len(ids) > 0 {
			c.numbersPage(w, r, ids, back)
			return
		}
		c.do(w, r, back, "decide."+action, func(ctx context.Context, a *act) error {
			if len(ids) == 0 {
				return errors.New(plain("desk.none"))
			}
			items := make([]item, len(ids))
			for i, id := range ids {
				items[i] = item{FilingID: id}
				if action == "approve" {
					items[i] = item{id, r.PostFormValue("certificate_" + id), r.PostFormValue("seal_" + id), r.PostFormValue("valid_from"), r.PostFormValue("valid_until")}
				}
			}
			more, err := c.told(ctx, by, action, r)
			if err != nil {
				return err
			}
			done, err := c.decide(ctx, by, action, items, more)
			for _, f := range done.Filings {
				a.Notes = append(a.Notes, f.ID+" → "+f.Status)
				if len(a.Links) < 5 {
					a.filed(c, f.ID)
				}
			}
			return err
		})
	}
}

// toldFields are the fields of the form that say what a decision tells.
var toldFields = []string{"reason", "basis", "correction_kind", "correction_text", "paper", "public_from", "public_until", "days", "fill", "dry"}

// told reads what a decision tells beside its reason: legal basis, what to correct, a
// generated paper, how long a publicity lasts. With "fill" the console puts in what a
// decision of this kind has to have and the form left out.
func (c *Console) told(ctx context.Context, by Side, action string, r *http.Request) (object, error) {
	out := object{"reason": r.PostFormValue("reason")}
	if r.PostFormValue("dry") != "" {
		out["dry_run"] = true
	}
	if bases := r.PostForm["basis"]; len(bases) > 0 {
		out["legal_basis"] = bases
	}
	if text := r.PostFormValue("correction_text"); text != "" {
		out["corrections"] = []object{{"paper_kind": r.PostFormValue("correction_kind"), "text": text}}
	}
	if from, until := r.PostFormValue("public_from"), r.PostFormValue("public_until"); from+until != "" {
		out["publicity"] = object{"from": from, "until": until}
	}
	if days := number(r.PostFormValue("days")); days > 0 {
		out["days"] = days
	}
	if kind := r.PostFormValue("paper"); kind != "" {
		words, err := c.meta(ctx)
		if err != nil {
			return nil, err
		}
		id, err := c.upload(ctx, by, "/exchange/decisions/attachments", newPaper(words.word("given", kind).ZH, string(by), false))
		if err != nil {
			return nil, err
		}
		out["papers"] = []object{{"kind": kind, "attachment_id": id}}
	}
	if r.PostFormValue("fill") != "" {
		c.grounds(action, out)
	}
	return out, nil
}

func (c *Console) numbersPage(w http.ResponseWriter, r *http.Request, ids []string, back string) {
	c.show(w, r, "numbers", view{Title: "numbers.title", Nav: "ministry", Side: Ministry}, func(ctx context.Context, v *view) error {
		kept := map[string][]string{}
		for _, name := range toldFields {
			kept[name] = r.PostForm[name]
		}
		known, err := c.registered(ctx)
		if err != nil {
			return err
		}
		rows := make([]numbered, len(ids))
		for i, id := range ids {
			f, err := c.filing(ctx, Ministry, id)
			if err != nil {
				return err
			}
			rows[i] = numbered{f, numbersFor(v.Words, f, ownCode(f.Code, known))}
		}
		v.Body = struct {
			Rows []numbered
			Back string
			Kept map[string][]string // what the desk's form said beside
		}{rows, back, kept}
		return nil
	})
}

// finding is a finding as its authority sees it.
type finding struct {
	ID          string  `json:"id"`
	Reference   string  `json:"reference"`
	Kind        string  `json:"kind"`
	PersonName  string  `json:"person_name"`
	State       string  `json:"state"`
	Open        bool    `json:"open"`
	Step        int     `json:"step"`
	DueOn       string  `json:"due_on"`
	Reason      *string `json:"reason"`
	Statement   string  `json:"statement"`
	SubmittedBy string  `json:"submitted_by"`
	Evidence    []struct {
		FileName string `json:"file_name"`
	} `json:"evidence"`
}

func (c *Console) findingsPage(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.show(w, r, "findings", view{Title: "findings.title", Nav: string(by), Side: by}, func(ctx context.Context, v *view) error {
			all, err := c.firms(ctx)
			if err != nil {
				return err
			}
			type row struct {
				pushed
				Now finding
				Err string
			}
			var rows []row
			for _, f := range c.kept.findings(by, rowsPerPage) {
				x := row{pushed: f}
				if err := c.look(ctx, by, "/exchange/findings/"+url.PathEscape(f.ID), &x.Now); err != nil {
					x.Err = err.Error()
				}
				rows = append(rows, x)
			}
			v.Body = struct {
				Firms        []firm
				Rows         []row
				Today        string
				Firm, Person string
			}{all, rows, day(v.Words.ServerTime, 0), r.URL.Query().Get("firm"), r.URL.Query().Get("person")}
			return nil
		})
	}
}

// push sends a finding and remembers it.
func (c *Console) push(ctx context.Context, by Side, of firm, body object) (pushed, error) {
	var done struct {
		ID        string `json:"id"`
		Reference string `json:"reference"`
	}
	body["finding_ref"], body["unified_social_credit_code"] = newRef("finding"), of.Code
	if err := c.exchange(ctx, by, http.MethodPost, "/exchange/findings", body, &done); err != nil {
		return pushed{}, err
	}
	p := pushed{ID: done.ID, Reference: done.Reference, By: by, Name: textAt(body, "person", "name"), Firm: of.Name}
	c.kept.addFinding(p)
	return p, nil
}

func (c *Console) findingPosted(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.do(w, r, "/"+string(by)+"/findings", "findings.push", func(ctx context.Context, a *act) error {
			all, err := c.firms(ctx)
			if err != nil {
				return err
			}
			of, ok := firmOf(all, byCode(r.PostFormValue("firm")))
			if !ok {
				return errUnknown
			}
			papers := []string{}
			if r.PostFormValue("with_paper") != "" {
				id, err := c.upload(ctx, by, "/exchange/findings/attachments", newPaper("比对材料", of.Name, false))
				if err != nil {
					return err
				}
				papers = append(papers, id)
			}
			p, err := c.push(ctx, by, of, object{
				"person": object{"name": r.PostFormValue("name"), "certificate_number": r.PostFormValue("certificate_number"), "id_number": r.PostFormValue("id_number")},
				"kind":   r.PostFormValue("kind"), "facts": r.PostFormValue("facts"), "source": r.PostFormValue("source"),
				"found_on": r.PostFormValue("found_on"), "due_on": r.PostFormValue("due_on"), "attachments": papers})
			if err == nil {
				a.Links = append(a.Links, link{"link.finding", c.o.ProductURL + "/appeals/" + p.ID})
			}
			return err
		})
	}
}

func (c *Console) outcomePosted(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PostFormValue("id")
		c.do(w, r, "/"+string(by)+"/findings", "findings.outcome", func(ctx context.Context, a *act) error {
			a.Links = append(a.Links, link{"link.finding", c.o.ProductURL + "/appeals/" + id})
			return c.outcome(ctx, by, id, object{"outcome": r.PostFormValue("outcome"), "reason": r.PostFormValue("reason"),
				"measure": r.PostFormValue("measure"), "step": number(r.PostFormValue("step"))})
		})
	}
}

func (c *Console) outcome(ctx context.Context, by Side, id string, body object) error {
	body["outcome_ref"] = newRef("outcome")
	return c.exchange(ctx, by, http.MethodPost, "/exchange/findings/"+url.PathEscape(id)+"/outcome", body, nil)
}

// reported is a change of name as an authority sees it.
type reported struct {
	ID        string      `json:"id"`
	Reference string      `json:"reference"`
	Code      string      `json:"unified_social_credit_code"`
	OldName   string      `json:"old_name"`
	NewName   string      `json:"new_name"`
	HasCopy   bool        `json:"has_copy"`
	Status    string      `json:"status"`
	Reason    *string     `json:"reason"`
	Actions   []allowance `json:"actions"`
}

func (c *Console) renamesPage(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.show(w, r, "renames", view{Title: "renames.title", Nav: string(by), Side: by}, func(ctx context.Context, v *view) error {
			var page struct {
				Items []reported `json:"items"`
				Total int        `json:"total"`
			}
			err := c.look(ctx, by, "/exchange/renames?limit=50&status=submitted&status=approved&status=refused", &page)
			v.Body = page
			return err
		})
	}
}

func (c *Console) renamePosted(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.PostFormValue("id")
		c.do(w, r, "/"+string(by)+"/renames", "renames.decide", func(ctx context.Context, a *act) error {
			a.Links = append(a.Links, link{"link.rename", c.o.ProductURL + "/renames/" + id})
			return c.exchange(ctx, by, http.MethodPost, "/exchange/renames/"+url.PathEscape(id)+"/outcome",
				object{"outcome_ref": newRef("rename"), "outcome": r.PostFormValue("outcome"), "reason": r.PostFormValue("reason")}, nil)
		})
	}
}

func (c *Console) noticesPage(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.show(w, r, "notices", view{Title: "notices.title", Nav: string(by), Side: by}, func(ctx context.Context, v *view) error {
			all, err := c.firms(ctx)
			v.Body = all
			return err
		})
	}
}

func (c *Console) noticePosted(by Side) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.do(w, r, "/"+string(by)+"/notices", "notices.send", func(ctx context.Context, a *act) error {
			to := object{}
			switch what, who, _ := strings.Cut(r.PostFormValue("to"), ":"); what {
			case "all":
				to["all"] = true
			case "province":
				to["provinces"] = []string{who}
			default:
				to["unified_social_credit_codes"] = []string{who}
			}
			a.Links = append(a.Links, link{"link.messages", c.o.ProductURL + "/messages"})
			var done struct {
				Recipients int `json:"recipients"`
			}
			return c.exchange(ctx, by, http.MethodPost, "/exchange/notices", object{"notice_ref": newRef("notice"), "kind": r.PostFormValue("kind"),
				"title": r.PostFormValue("title"), "body": r.PostFormValue("body"), "link": r.PostFormValue("link"), "to": to}, &done)
		})
	}
}
