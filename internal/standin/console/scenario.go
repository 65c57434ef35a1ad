package console

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// scenario is a story that runs by itself, from a beginning of its own to an end
// that it looks at.
type scenario struct {
	ID         string
	Profession string
	Moves      bool // it moves the clock by weeks
	Fresh      bool // it registers a firm of its own
	steps      func(p *play) []job
}

// Title and Lead are keys of texts.
func (s scenario) Title() string { return "scenario." + s.ID }

// Lead says what it shows.
func (s scenario) Lead() string { return "scenario." + s.ID + ".lead" }

// scenarios are in the order in which a newcomer would try them.
var scenarios = []scenario{
	{ID: "engineer", Profession: "structural_1", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.decision(Ministry, "publish"), p.approve(0), p.checkRegistrant()}
	}},
	{ID: "architect", Profession: "architect_1", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "accept"), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.decision(Ministry, "publish"), p.approve(0), p.checkRegistrant()}
	}},
	{ID: "return", Profession: "geotechnical", steps: func(p *play) []job {
		return []job{p.deliver(), p.giveBack(), p.redeliver(), p.check("pending_submission")}
	}},
	{ID: "correction", Profession: "chemical", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "ask_correction"), p.redeliver(), p.submit(), p.check("province_pending")}
	}},
	{ID: "ministry_correction", Profession: "structural_1", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "ask_correction"), p.redeliver(), p.submit(), p.check("ministry_pending")}
	}},
	{ID: "withdrawal", Profession: "utility_hvac", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.askWithdrawal(), p.agree(), p.check("withdrawn")}
	}},
	{ID: "withdrawal_void", Profession: "utility_hvac", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.askWithdrawal(), p.decision(Province, "accept"), p.checkFlag("withdrawal", "void")}
	}},
	{ID: "supplement", Profession: "structural_1", Fresh: true, steps: func(p *play) []job {
		return []job{p.registerFirm(), p.saveFirm(), p.deliverPre(), p.submit(), p.grant(), p.supplement(), p.decision(Province, "forward"),
			p.decision(Ministry, "accept"), p.approve(0), p.checkRegistrant()}
	}},
	{ID: "lapse", Profession: "structural_1", Fresh: true, Moves: true, steps: func(p *play) []job {
		return []job{p.registerFirm(), p.saveFirm(), p.deliverPre(), p.submit(), p.passDeadline(), p.checkFlag("pre_registration", "lapsed")}
	}},
	{ID: "renewal", Profession: "structural_1", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.approve(60), p.checkWarning(),
			p.deliverRenewal(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.approve(0), p.checkRegistrant()}
	}},
	{ID: "denial", Profession: "electrical_supply", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.decision(Ministry, "publish"), p.decision(Ministry, "deny"), p.check("denied")}
	}},
	{ID: "appeal", Profession: "structural_1", steps: func(p *play) []job {
		return []job{p.deliver(), p.submit(), p.decision(Province, "forward"), p.decision(Ministry, "accept"), p.approve(0),
			p.pushFinding(), p.appeal(), p.outcomeOf("under_review"), p.outcomeOf("upheld"), p.checkFinding("upheld")}
	}},
	{ID: "rename", Fresh: true, steps: func(p *play) []job {
		return []job{p.registerFirm(), p.saveFirm(), p.renameInRegister(), p.fileRename(), p.approveRename(), p.checkName()}
	}},
}

func scenarioOf(id string) (scenario, bool) {
	for _, s := range scenarios {
		if s.ID == id {
			return s, true
		}
	}
	return scenario{}, false
}

// play is a scenario while it runs: who and what it is about so far.
type play struct {
	c          *Console
	words      *words
	firm       firm
	profession string
	filing     delivered
	given      item // the numbers of the approval
	until      string
	finding    pushed
	newName    string
}

// scenariosPage lists the scenarios and what has run.
func (c *Console) scenariosPage(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, "scenarios", view{Title: "scenarios.title", Nav: "scenarios"}, func(ctx context.Context, v *view) error {
		all, err := c.firms(ctx)
		v.Body = struct {
			All   []scenario
			Firms []firm
			Runs  []runView
		}{scenarios, all, c.latest(20)}
		return err
	})
}

// paces by what the form says.
var paces = map[string]time.Duration{"": 0, "slow": 2 * time.Second}

func (c *Console) scenarioPosted(w http.ResponseWriter, r *http.Request) {
	s, ok := scenarioOf(r.PostFormValue("scenario"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	p, err := c.newPlay(ctx, s, r.PostFormValue("firm"))
	var started *run
	if err == nil {
		started, err = c.begin(runOptions{title: s.Title(), pace: paces[r.PostFormValue("pace")], byHand: r.PostFormValue("by_hand") != ""}, s.steps(p))
	}
	c.started(w, r, "/scenarios", s.Title(), started, err)
}

func (c *Console) newPlay(ctx context.Context, s scenario, code string) (*play, error) {
	p := &play{c: c, profession: s.Profession}
	var err error
	if p.words, err = c.meta(ctx); err != nil {
		return nil, err
	}
	if s.Fresh {
		p.firm = newFirm()
		p.firm.Own = ownCode(p.firm.Code, nil)
		return p, nil
	}
	all, err := c.firms(ctx)
	if err != nil {
		return nil, err
	}
	if p.firm, _ = firmOf(all, byCode(code)); p.firm.Code == "" {
		return nil, errors.New(plain("scenarios.no_firm"))
	}
	return p, nil
}
