package lifetest

import "slices"

// state is one filing as the requirement describes it.
type state struct {
	status     string // "" before the first delivery
	pre        string // of a pre-registration: awaiting_qualification, supplemented, lapsed
	withdrawal string
	answers    string // the authority whose correction is being answered
	revision   int
	voided     int // requests to withdraw that an authority overtook
}

// row is one line of the requirement's table of actions.
type row struct {
	do, by, track string // track "" for both
	from          []string
	to            string // "" keeps the status
	refusal       string
}

var (
	unaccepted = []string{"province_pending", "ministry_pending"}
	submitted  = []string{"province_pending", "province_correction", "province_accepted", "ministry_pending", "ministry_correction", "ministry_accepted", "publicity"}
	closed     = []string{"returned", "province_refused", "ministry_refused", "approved", "denied", "withdrawn"}
)

// table is spec §3. Where an action stands twice, any line that fits will do.
var table = []row{
	{"deliver", "person", "", []string{"", "returned", "province_correction", "ministry_correction"}, "pending_submission", "filing.cannot_be_delivered"},
	{"submit", "enterprise", "", []string{"pending_submission"}, "province_pending", "filing.only_pending_can_be_submitted"},
	{"return", "enterprise", "", []string{"pending_submission"}, "returned", "filing.only_pending_can_be_returned"},
	{"accept", "province", "", []string{"province_pending"}, "province_accepted", "filing.only_pending_can_be_accepted"},
	{"refuse", "province", "", []string{"province_pending"}, "province_refused", "filing.only_pending_can_be_refused"},
	{"ask_correction", "province", "", []string{"province_pending"}, "province_correction", "filing.only_pending_can_be_corrected"},
	{"forward", "province", "architect", []string{"province_accepted"}, "ministry_pending", "filing.cannot_be_forwarded"},
	{"forward", "province", "engineer", []string{"province_accepted", "province_pending"}, "ministry_pending", "filing.cannot_be_forwarded"},
	{"accept", "ministry", "", []string{"ministry_pending"}, "ministry_accepted", "filing.only_pending_can_be_accepted"},
	{"refuse", "ministry", "", []string{"ministry_pending"}, "ministry_refused", "filing.only_pending_can_be_refused"},
	{"ask_correction", "ministry", "", []string{"ministry_pending"}, "ministry_correction", "filing.only_pending_can_be_corrected"},
	{"publish", "ministry", "", []string{"ministry_accepted"}, "publicity", "filing.only_accepted_can_be_published"},
	{"approve", "ministry", "", []string{"ministry_accepted", "publicity"}, "approved", "filing.cannot_be_decided"},
	{"deny", "ministry", "", []string{"ministry_accepted", "publicity"}, "denied", "filing.cannot_be_decided"},
	{"ask_withdrawal", "person", "", unaccepted, "", "filing.cannot_be_withdrawn"},
	{"cancel_withdrawal", "person", "", unaccepted, "", "filing.cannot_be_withdrawn"},
	{"agree_withdrawal", "enterprise", "", unaccepted, "withdrawn", "filing.cannot_be_withdrawn"},
	{"decline_withdrawal", "enterprise", "", unaccepted, "", "filing.cannot_be_withdrawn"},
	{"supplement", "enterprise", "", submitted, "", "filing.cannot_be_supplemented"},
	{"deem_accept", "system", "architect", []string{"province_pending"}, "province_accepted", "-"},
	{"deem_accept", "system", "", []string{"ministry_pending"}, "ministry_accepted", "-"},
	{"lapse", "system", "", submitted, "", "-"},
}

// after is the state after an action, or the code of its refusal.
func (s state) after(do, by, track string, pre bool) (state, string) {
	refusal := "filing.wrong_party"
	for _, r := range table {
		if r.do != do || r.by != by || r.track != "" && r.track != track {
			continue
		}
		if !slices.Contains(r.from, s.status) {
			refusal = r.refusal
			continue
		}
		if why := s.objection(do); why != "" {
			return s, why
		}
		return s.moved(r, pre), ""
	}
	return s, refusal
}

// objection is what stands against an action that the status allows.
func (s state) objection(do string) string {
	asked := s.withdrawal == "requested"
	switch {
	case do == "ask_withdrawal" && asked:
		return "filing.withdrawal_already_asked"
	case (do == "cancel_withdrawal" || do == "agree_withdrawal" || do == "decline_withdrawal") && !asked:
		return "filing.withdrawal_not_asked"
	case do == "supplement" && s.pre == "lapsed":
		return "filing.pre_registration_lapsed"
	case (do == "supplement" || do == "lapse") && s.pre != "awaiting_qualification":
		return "filing.no_qualification_awaited"
	case do == "approve" && s.pre != "" && s.pre != "supplemented":
		return "filing.qualification_awaited"
	}
	return ""
}

func (s state) moved(r row, pre bool) state {
	before := s.status
	if r.to != "" {
		s.status = r.to
	}
	switch r.do {
	case "deliver":
		s.revision++
		if pre && s.pre != "supplemented" {
			s.pre = "awaiting_qualification"
		}
		switch before {
		case "province_correction":
			s.answers = "province"
		case "ministry_correction":
			s.answers = "ministry"
		}
	case "submit":
		if s.answers == "ministry" {
			s.status = "ministry_pending"
		}
		s.answers = ""
	case "ask_withdrawal":
		s.withdrawal = "requested"
	case "cancel_withdrawal":
		s.withdrawal = ""
	case "agree_withdrawal":
		s.withdrawal = "agreed"
	case "decline_withdrawal":
		s.withdrawal = "declined"
	case "supplement":
		s.pre = "supplemented"
	case "lapse":
		s.pre = "lapsed"
	}
	if s.status != before && s.withdrawal == "requested" {
		s.withdrawal = "void"
		s.voided++
	}
	return s
}

// acts are what the parties can do, whatever the state.
var acts = func() (out [][2]string) {
	for _, r := range table {
		if a := [2]string{r.do, r.by}; r.by != "system" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}()

// open are those that the state allows.
func (s state) open(track string, pre bool) (out [][2]string) {
	for _, a := range acts {
		if _, why := s.after(a[0], a[1], track, pre); why == "" {
			out = append(out, a)
		}
	}
	return out
}
