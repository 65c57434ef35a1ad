package warning

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"zhuce/internal/errs"
	"zhuce/internal/label"
	"zhuce/internal/workday"
)

// alarmHour: alarms sound at 9 o'clock, not at midnight when the day begins.
const alarmHour = 9

// calendar writes an iCalendar object (RFC 5545): one event for the last day of
// each registration, with an alarm for each level that still lies ahead. It holds
// names, no number of any kind; and nothing of the moment at which it is asked for,
// so that it stays the same as long as what it tells of does.
func (s *Service) calendar(owner, lang string, list []Warning) ([]byte, error) {
	title := words("人员注册到期 · {owner}", "Registrations that end · {owner}").In(lang, map[string]any{"owner": clean(owner)})
	cal := ics.NewCalendarFor("")
	cal.SetProductId("-//Zhuce//Expiry warnings//" + strings.ToUpper(lang[:2]))
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRCalName(title)
	cal.SetName(title)
	cal.SetRefreshInterval("P1D")
	cal.SetXPublishedTTL("P1D")
	host := "zhuce"
	if u, err := url.Parse(s.publicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	for _, w := range list {
		s.event(cal, host, lang, w)
	}
	var out bytes.Buffer
	if err := cal.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("write calendar: %w", err)
	}
	return out.Bytes(), nil
}

func (s *Service) event(cal *ics.Calendar, host, lang string, w Warning) {
	info, _ := w.Profession.Info()
	fill := map[string]any{"name": clean(w.PersonName), "profession": info.Text.In(lang, nil), "deadline": workday.Date(w.Deadline),
		"situation": label.TextOf(Situations, string(w.Situation)), "step": label.TextOf(Steps, string(w.Step))}
	summary := words("{name} {profession}注册到期", "{name}: registration ends ({profession})")
	if w.Situation == FiledInTime || w.Situation == DeemedGranted {
		summary = words("{name} {profession}注册到期（{situation}）", "{name}: registration ends ({profession}; {situation})")
	}
	about := []string{words("延续办理：{situation}", "Renewal: {situation}").In(lang, fill), words("下一步：{step}", "Next: {step}").In(lang, fill)}
	if w.Situation == NothingFiled || w.Situation == BeingPrepared {
		about = append(about, words("按期申报的最后一日：{deadline}", "Last day to file in time: {deadline}").In(lang, fill))
	}
	for _, a := range w.Basis {
		about = append(about, label.TextOf(Articles, string(a)).In(lang, nil))
	}

	e := cal.AddEvent(fmt.Sprintf("%s-%s@%s", w.RegistrantID, w.ValidUntil.Format("20060102"), host))
	e.SetDtStampTime(w.UpdatedAt.UTC())
	e.SetAllDayStartAt(w.ValidUntil)
	e.SetAllDayEndAt(w.ValidUntil.AddDate(0, 0, 1)) // exclusive
	e.SetTimeTransparency(ics.TransparencyTransparent)
	e.SetSummary(summary.In(lang, fill))
	e.SetDescription(strings.Join(about, "\n"))
	e.SetURL(s.publicURL + "/registrants/" + w.RegistrantID.String())
	if w.Situation != NothingFiled && w.Situation != BeingPrepared || w.Step == Deregistering {
		return // whoever has filed needs no alarm
	}
	for _, l := range []Level{Early, Near, Urgent} {
		a := e.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetDescription(summary.In(lang, fill))
		a.SetTrigger(fmt.Sprintf("-P%dDT%dH", s.horizon.Threshold(l)-1, 24-alarmHour))
	}
}

func words(zh, en string) errs.Text { return errs.Text{ZH: zh, EN: en} }

// clean takes out control characters, which have no place in a line of a calendar.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
