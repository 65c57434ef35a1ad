package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// registersPage shows what the two outside registers know, and lets it be changed.
func (c *Console) registersPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "registers", view{Title: "registers.title", Nav: "registers"}, func(ctx context.Context, v *view) error {
		known, err := c.registered(ctx)
		if err != nil {
			return err
		}
		var moods struct {
			Qualifications string `json:"qualifications"`
			Enterprises    string `json:"enterprises"`
		}
		err = c.control(ctx, http.MethodGet, "/control/registers/behaviour", nil, &moods)
		v.Body = struct {
			Known               []registered
			Qualification, Name string
			Moods               []string
			From, Until         string
		}{known, moods.Qualifications, moods.Enterprises, []string{"", "down", "slow", "garbage", "huge"}, day(v.Words.ServerTime, -30), day(v.Words.ServerTime, 1800)}
		return err
	})
}

func (c *Console) registersPosted(w http.ResponseWriter, r *http.Request) {
	code := r.PostFormValue("code")
	switch r.PostFormValue("do") {
	case "rename":
		c.do(w, r, "/registers", "registers.rename", func(ctx context.Context, a *act) error {
			return c.control(ctx, http.MethodPost, "/control/registers/names", object{"unified_social_credit_code": code, "name": r.PostFormValue("name")}, nil)
		})
	case "grant":
		c.do(w, r, "/registers", "registers.grant", func(ctx context.Context, a *act) error {
			return c.grant(ctx, code, r.PostFormValue("number"), r.PostFormValue("holder"), r.PostFormValue("issued_on"), r.PostFormValue("valid_until"))
		})
	case "take":
		c.do(w, r, "/registers", "registers.take", func(ctx context.Context, a *act) error {
			return c.control(ctx, http.MethodDelete, "/control/registers/certificates/"+url.PathEscape(code), nil, nil)
		})
	default:
		c.do(w, r, "/registers", "registers.behave", func(ctx context.Context, a *act) error {
			return c.control(ctx, http.MethodPut, "/control/registers/behaviour",
				object{"qualifications": r.PostFormValue("qualifications"), "enterprises": r.PostFormValue("enterprises")}, nil)
		})
	}
}

// grant puts a certificate into the qualification register.
func (c *Console) grant(ctx context.Context, code, number, holder, from, until string) error {
	return c.control(ctx, http.MethodPost, "/control/registers/certificates", object{"unified_social_credit_code": code,
		"certificate": object{"number": strings.ToUpper(number), "title": "建筑行业（建筑工程）", "category": "design_industry", "grade": "a",
			"issuing_authority": "住房和城乡建设部", "issued_on": from, "valid_until": until, "holder": holder}}, nil)
}

func (c *Console) clockPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "clock", view{Title: "clock.title", Nav: "clock"}, func(_ context.Context, v *view) error {
		v.Body = day(v.Words.ServerTime, 30)
		return nil
	})
}

// moves of the clock by what the button says.
var moves = map[string]object{
	"minute": {"advance_seconds": 60}, "hour": {"advance_seconds": 3600}, "day": {"advance_seconds": 86400}, "workday": {"advance_workdays": 1},
}

func (c *Console) clockPosted(w http.ResponseWriter, r *http.Request) {
	by, ok := moves[r.PostFormValue("by")]
	if !ok {
		by = object{"to": r.PostFormValue("to")}
	}
	c.do(w, r, "/clock", "clock.moved", func(ctx context.Context, a *act) error {
		err := c.advance(ctx, by)
		if now, nowErr := c.now(ctx); nowErr == nil {
			a.Notes = append(a.Notes, now.In(china).Format("2006-01-02 15:04:05"))
		}
		return err
	})
}

// logPage lists the calls, newest first.
func (c *Console) logPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "log", view{Title: "log.title", Nav: "log"}, func(_ context.Context, v *view) error {
		side, refused := Side(r.URL.Query().Get("side")), r.URL.Query().Get("refused") != ""
		v.Body = struct {
			Calls []*Call
			Sides []Side
		}{c.book.last(200, func(call *Call) bool { return (side == "" || call.Side == side) && (!refused || call.Refused()) }),
			[]Side{Person, Province, Ministry, Clerk, Controls}}
		return nil
	})
}

// callPage shows one call as it was made.
func (c *Console) callPage(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	call := c.book.find(n)
	if call == nil {
		http.NotFound(w, r)
		return
	}
	c.show(w, r, "call", view{Title: "call.title", Nav: "log"}, func(_ context.Context, v *view) error {
		v.Body = call
		return nil
	})
}
