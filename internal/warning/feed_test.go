package warning_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"zhuce/internal/filing"
	"zhuce/internal/filing/filingtest"
	"zhuce/internal/warning"
	"zhuce/internal/warning/warningtest"
)

// unfolded splits a calendar into its lines, and fails the test for a line that
// RFC 5545 §3.1 does not allow: 75 octets at most, CRLF, no character cut in two.
func unfolded(t *testing.T, calendar []byte) []string {
	t.Helper()
	if !bytes.HasSuffix(calendar, []byte("\r\n")) {
		t.Error("the last line has no end")
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(calendar), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
			t.Errorf("a line of %d octets, valid %v: %q", len(line), utf8.ValidString(line), line)
		}
		if rest, folded := strings.CutPrefix(line, " "); folded && len(lines) > 0 {
			lines[len(lines)-1] += rest
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

func value(e *ics.VEvent, p ics.ComponentProperty) string {
	if v := e.GetProperty(p); v != nil {
		return v.Value
	}
	return ""
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	named := func(name string) func(*filing.Delivery) {
		return func(d *filing.Delivery) { d.Form.Person.Name = name }
	}
	plain := warningtest.Register(t, w, w.Clerk, 100)
	hostile := warningtest.Register(t, w, w.Clerk, 101, named(`欧阳,娜;娜\n`+strings.Repeat("长", 40)))
	warningtest.Register(t, w, w.Clerk, 700) // beyond the horizon: its alarms lie ahead
	warningtest.Register(t, w, w.Clerk, -366)
	sent := warningtest.Register(t, w, w.Clerk, 60)
	warningtest.Submit(t, w, w.Clerk, warningtest.File(t, w, sent, filing.Renewal))
	warningtest.Register(t, w, w.NewClerk(t, true), 50) // another enterprise's

	_, secret, err := s.MakeFeed(t.Context(), w.Clerk, "zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.Calendar(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	lines := unfolded(t, body)
	if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "END:VCALENDAR" {
		t.Errorf("from %q to %q", lines[0], lines[len(lines)-1])
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		events[strings.Split(e.Id(), "-2")[0]] = e
	}
	if len(cal.Events()) != 4 || len(events) != 4 {
		t.Fatalf("%d events, %d ids", len(cal.Events()), len(events))
	}
	byName := func(part string) *ics.VEvent {
		for _, e := range cal.Events() {
			if strings.Contains(value(e, ics.ComponentPropertySummary), part) {
				return e
			}
		}
		t.Fatalf("no event of %s", part)
		return nil
	}

	e := byName(plain.Delivery.Form.Person.Name)
	day := strings.ReplaceAll(warningtest.Day(w.Clock.Now(), 100), "-", "")
	if want := fmt.Sprintf("%s-%s@zhuce.example.gov.cn", plain.ID, day); e.Id() != want {
		t.Errorf("UID %s, want %s", e.Id(), want)
	}
	if got := value(e, ics.ComponentPropertyDtStart); got != day {
		t.Errorf("begins %s, want %s", got, day)
	}
	if got := value(e, ics.ComponentPropertyUrl); got != "https://zhuce.example.gov.cn/registrants/"+plain.ID.String() {
		t.Errorf("URL %s", got)
	}
	if d := value(e, ics.ComponentPropertyDescription); !strings.Contains(d, "未申报延续") || !strings.Contains(d, warningtest.Day(w.Clock.Now(), 70)) {
		t.Errorf("description %q", d)
	}
	var triggers []string
	for _, a := range e.Alarms() {
		triggers = append(triggers, a.GetProperty(ics.ComponentPropertyTrigger).Value)
	}
	if got := strings.Join(triggers, " "); got != "-P179DT15H -P89DT15H -P29DT15H" {
		t.Errorf("alarms %s", got)
	}
	for _, line := range []string{"VERSION:2.0", "REFRESH-INTERVAL;VALUE=DURATION:P1D", "DTSTART;VALUE=DATE:" + day, "TRANSP:TRANSPARENT"} {
		if !bytes.Contains([]byte(strings.Join(lines, "\n")), []byte(line)) {
			t.Errorf("no line %q", line)
		}
	}

	if e := byName("欧阳"); !strings.HasPrefix(value(e, ics.ComponentPropertySummary), hostile.Delivery.Form.Person.Name) {
		t.Errorf("the name came back as %q", value(e, ics.ComponentPropertySummary))
	}
	if e := byName(sent.Delivery.Form.Person.Name); len(e.Alarms()) != 0 || !strings.Contains(value(e, ics.ComponentPropertySummary), "已按期申报") {
		t.Errorf("filed in time: %d alarms, %q", len(e.Alarms()), value(e, ics.ComponentPropertySummary))
	}
	// No number of any kind: masked ones would do harm in a calendar that is shared.
	for _, p := range []warningtest.Person{plain, hostile, sent} {
		if n := p.Delivery.Personal.IDNumber; bytes.Contains(body, []byte(n)) || bytes.Contains(body, []byte(n[:6]+"****")) {
			t.Error("a personal number stands in the calendar")
		}
	}

	// As long as nothing changes it is the same, byte for byte; then it is not.
	w.Clock.Advance(time.Hour)
	if again, _ := s.Calendar(t.Context(), secret); !bytes.Equal(again, body) {
		t.Error("an hour later it differs")
	}
	warningtest.Renewed(t, w, plain, 1000)
	if again, _ := s.Calendar(t.Context(), secret); bytes.Equal(again, body) || bytes.Contains(again, []byte(day+"@")) {
		t.Error("renewed, it is the same")
	}
}

// A name cannot write lines of its own.
func TestCalendarTakesNoLinesFromANames(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	p := warningtest.Register(t, w, w.Clerk, 10)
	if err := w.DB.Read(t.Context()).Exec(`UPDATE registrants SET person_name = ? WHERE id = ?`, "甲\r\nEND:VEVENT\rATTACH:x", p.ID).Error; err != nil {
		t.Fatal(err)
	}
	_, secret, err := s.MakeFeed(t.Context(), w.Clerk, "en")
	if err != nil {
		t.Fatal(err)
	}
	body, err := s.Calendar(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range unfolded(t, body) {
		if strings.HasPrefix(line, "ATTACH") {
			t.Errorf("%q", line)
		}
	}
	if n := strings.Count(string(body), "\r\nEND:VEVENT\r\n"); n != 1 {
		t.Errorf("%d ends of events", n)
	}
}

// One address at a time, kept as a digest; a new one ends the old, revoking ends both.
func TestFeedIsSecret(t *testing.T) {
	t.Parallel()
	w := filingtest.New(t)
	s := service(w)
	ctx := t.Context()
	if f, err := s.Feed(ctx, w.Clerk); f != nil || err != nil {
		t.Fatalf("before: %v, %v", f, err)
	}
	if err := s.RevokeFeed(ctx, w.Clerk); !warning.ErrNoFeed.Is(err) {
		t.Errorf("revoking none: %v", err)
	}
	_, first, err := s.MakeFeed(ctx, w.Clerk, "zh-CN")
	if err != nil || len(first) != 43 {
		t.Fatalf("%d characters, %v", len(first), err)
	}
	_, second, err := s.MakeFeed(ctx, w.Clerk, "en")
	if err != nil || first == second {
		t.Fatal(err)
	}
	if _, err := s.Calendar(ctx, first); !warning.ErrNoCalendar.Is(err) {
		t.Errorf("the old address: %v", err)
	}
	if body, err := s.Calendar(ctx, second); err != nil || !bytes.Contains(body, []byte("Registrations that end")) {
		t.Errorf("the new address: %v", err)
	}
	if f, err := s.Feed(ctx, w.Clerk); err != nil || f == nil || f.Language != "en" || f.CreatedBy != w.Clerk.Name || !f.CreatedAt.Equal(w.DB.Now()) {
		t.Errorf("state %+v, %v", f, err)
	}
	for _, garbage := range []string{"", "x", second[:42], second + "A", second[:42] + "!", strings.Repeat("A", 43), second + "=", " " + second, strings.Repeat("é", 30)} {
		if _, err := s.Calendar(ctx, garbage); !warning.ErrNoCalendar.Is(err) {
			t.Errorf("%q: %v", garbage, err)
		}
	}
	var row string
	if err := w.DB.Read(ctx).Raw(`SELECT row_to_json(f)::text || (SELECT string_agg(row_to_json(a)::text, '') FROM audit_log a) FROM calendar_feeds f`).Scan(&row).Error; err != nil {
		t.Fatal(err)
	}
	if strings.Contains(row, second) || !strings.Contains(row, "calendar_feed.make") {
		t.Error("the secret is kept in clear, or its making is not audited")
	}
	if err := s.RevokeFeed(ctx, w.Clerk); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Calendar(ctx, second); !warning.ErrNoCalendar.Is(err) {
		t.Errorf("revoked: %v", err)
	}
}
