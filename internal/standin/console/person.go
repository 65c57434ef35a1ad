package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// rowsPerPage of the person's own list; each is asked for by itself.
const rowsPerPage = 15

// personRow is one delivery with how far it is now.
type personRow struct {
	delivered
	Now filed
	Err string
}

// personPage has the form of a delivery and what was delivered from here.
func (c *Console) personPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "person", view{Title: "person.title", Nav: "person", Side: Person}, func(ctx context.Context, v *view) error {
		all, err := c.firms(ctx)
		if err != nil {
			return err
		}
		skip := max(0, number(r.URL.Query().Get("skip")))
		list, total := c.kept.filings(skip, rowsPerPage)
		rows := make([]personRow, len(list))
		for i, d := range list {
			rows[i].delivered = d
			if rows[i].Now, err = c.filing(ctx, Person, d.ID); err != nil {
				rows[i].Err = err.Error()
			}
		}
		b := struct {
			Firms                        []firm
			Rows                         []personRow
			Total, Next                  int
			Name, IDNumber, Of, Firm     string
			Type, Profession             string
			Certificate, Seal, ValidDate string
			Papers                       []paper
		}{Firms: all, Rows: rows, Total: total, Name: newName(), IDNumber: newResident("110101").Number, Papers: everyPaper(v.Words, true),
			Type: "initial", Profession: "structural_1"}
		if q := r.URL.Query(); q.Get("firm") != "" {
			b.Firm, b.Profession, b.Type = q.Get("firm"), q.Get("profession"), q.Get("type")
		}
		if skip+len(list) < total {
			b.Next = skip + len(list)
		}
		if of, ok := c.kept.filing(r.URL.Query().Get("of")); ok { // somebody known files again
			b.Of, b.Name, b.IDNumber = of.ID, of.Name, textAt(of.Body, "person", "id_number")
			b.Profession, b.Firm, b.Type = textAt(of.Body, "profession"), textAt(of.Body, "unified_social_credit_code"), "renewal"
			b.Certificate, b.Seal, b.ValidDate = c.registrationOf(ctx, all, of)
		}
		v.Body = b
		return nil
	})
}

// registrationOf asks the firm's clerk for the registration that a filing led to.
func (c *Console) registrationOf(ctx context.Context, all []firm, of delivered) (certificate, seal, until string) {
	f, ok := firmOf(all, byCode(textAt(of.Body, "unified_social_credit_code")))
	if !ok {
		return "", "", ""
	}
	r, err := c.registrant(ctx, f, of.Name)
	if err != nil {
		return "", "", ""
	}
	return r.CertificateNumber, r.SealNumber, r.ValidUntil
}

// registrant is a registered person as the firm sees one.
type registrant struct {
	ID                string `json:"id"`
	PersonName        string `json:"person_name"`
	CertificateNumber string `json:"certificate_number"`
	SealNumber        string `json:"seal_number"`
	ValidUntil        string `json:"valid_until"`
	Status            string `json:"status"`
}

// registrant finds a registered person of a firm by the whole name, the newest first.
func (c *Console) registrant(ctx context.Context, of firm, name string) (registrant, error) {
	var found struct {
		Items []registrant `json:"items"`
	}
	if err := c.clerk(of.User).look(ctx, "/registrants?sort=-registered_at&limit=200&name="+url.QueryEscape(name), &found); err != nil {
		return registrant{}, err
	}
	for _, r := range found.Items {
		if r.PersonName == name {
			return r, nil
		}
	}
	return registrant{}, &problem{Status: http.StatusNotFound, Code: "sandbox.no_registrant", Detail: name}
}

func (c *Console) deliverPosted(w http.ResponseWriter, r *http.Request) {
	if of := r.PostFormValue("again"); of != "" {
		c.do(w, r, r.PostFormValue("back"), "person.again", func(ctx context.Context, a *act) error {
			d, ok := c.kept.filing(of)
			if !ok {
				return errUnknown
			}
			d, err := c.again(ctx, d)
			a.filed(c, d.ID)
			return err
		})
		return
	}
	chosen := url.Values{} // stays chosen; who the person is stands in no address
	for _, name := range []string{"firm", "profession", "type"} {
		chosen.Set(name, r.PostFormValue(name))
	}
	c.do(w, r, "/person?"+chosen.Encode(), "person.deliver", func(ctx context.Context, a *act) error {
		words, err := c.meta(ctx)
		if err != nil {
			return err
		}
		all, err := c.firms(ctx)
		if err != nil {
			return err
		}
		f, known := firmOf(all, byCode(r.PostFormValue("firm")))
		if other := r.PostFormValue("other_code"); other != "" {
			f, known = firm{Code: other, Name: other}, true
		}
		if !known {
			return errUnknown
		}
		d := toDeliver{firm: f, profession: r.PostFormValue("profession"), kind: r.PostFormValue("type"), pre: r.PostFormValue("pre") != "",
			name: r.PostFormValue("name"), who: residentFrom(r.PostFormValue("id_number"))}
		if d.kind != "initial" {
			d.registration = &registration{r.PostFormValue("certificate_number"), r.PostFormValue("seal_number"), r.PostFormValue("valid_until")}
		}
		for _, k := range words.PaperKinds {
			d.papers = append(d.papers, paper{k.Value, r.PostFormValue("paper_" + k.Value)})
		}
		body, err := c.body(ctx, words, d)
		if err != nil {
			return err
		}
		done, err := c.deliver(ctx, f.Name, body)
		a.filed(c, done.ID)
		return err
	})
}

// residentFrom reads a typed number; what it says of birth and gender is sent along,
// right or wrong: judging is the product's part.
func residentFrom(number string) resident {
	out := resident{Number: number, Gender: "male"}
	if len(number) == 18 {
		out.BirthDate = number[6:10] + "-" + number[10:12] + "-" + number[12:14]
		if number[16]%2 == 0 {
			out.Gender = "female"
		}
	}
	return out
}

// filed leads to a filing in the product and to its side of the console.
func (a *act) filed(c *Console, id string) {
	if id != "" {
		a.Links = append(a.Links, link{"link.filing", c.o.ProductURL + "/filings/" + id})
	}
}

func (c *Console) withdrawalPosted(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	path := "/exchange/filings/" + url.PathEscape(id) + "/withdrawal"
	if r.PostFormValue("do") == "cancel" {
		c.do(w, r, r.PostFormValue("back"), "person.cancel", func(ctx context.Context, a *act) error {
			a.filed(c, id)
			return c.exchange(ctx, Person, http.MethodDelete, path, nil, nil)
		})
		return
	}
	c.do(w, r, r.PostFormValue("back"), "person.withdraw", func(ctx context.Context, a *act) error {
		a.filed(c, id)
		return c.exchange(ctx, Person, http.MethodPost, path,
			object{"withdrawal_ref": newRef("withdrawal"), "reason": r.PostFormValue("reason"), "dry_run": r.PostFormValue("dry") != ""}, nil)
	})
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
