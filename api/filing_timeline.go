package api

import (
	"time"

	"zhuce/internal/filing"
)

// TimelineEntry is one step of a filing's life.
type TimelineEntry struct {
	At           time.Time `json:"at" example:"2026-11-23T03:01:00Z"`
	Action       string    `json:"action" example:"submit"`
	Party        string    `json:"party" example:"enterprise"`
	ActorName    string    `json:"actor_name" example:"王芳"`
	From         *string   `json:"from" extensions:"x-nullable" example:"pending_submission"`
	To           string    `json:"to" example:"province_pending"`
	Reason       string    `json:"reason" example:""`
	Article      *string   `json:"article" extensions:"x-nullable" example:"licence_32_4"` // what a step of the legal clock rests on
	Revision     int       `json:"revision" example:"1"`
	CommitmentID *string   `json:"commitment_id" extensions:"x-nullable" format:"uuid" example:"019363d1-1b2c-7d3e-8f40-51627384a5b6"`
	// LegalBasis, Corrections, Papers and Publicity are an authority's decision's; the codes stand in /meta, legal_bases.
	LegalBasis  []string             `json:"legal_basis" example:"licensing_32_4"`
	Corrections []TimelineCorrection `json:"corrections"`
	Papers      []TimelinePaper      `json:"papers"`
	Publicity   *TimelinePublicity   `json:"publicity" extensions:"x-nullable"`
}

// TimelineCorrection is one thing that an authority asked to be corrected: a field of the delivery or a kind of paper.
type TimelineCorrection struct {
	Field     string `json:"field" example:"/employment/contract_to"`
	PaperKind string `json:"paper_kind" example:""`
	Text      string `json:"text" example:"劳动合同截止日期与合同扫描件不一致"`
}

// TimelinePaper is a paper that was given with a decision.
type TimelinePaper struct {
	ID        string `json:"id" format:"uuid" example:"019363d0-9a10-7e21-8c43-b1a2c3d4e5f6"`
	Kind      string `json:"kind" example:"acceptance_notice"`
	FileName  string `json:"file_name" example:"受理通知书.pdf"`
	MediaType string `json:"media_type" example:"application/pdf"`
	Size      int64  `json:"size" example:"182044"`
	SHA256    string `json:"sha256" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
}

// TimelinePublicity is how long a publicity lasts, both days counted, and where it can be read.
type TimelinePublicity struct {
	From  string `json:"from" format:"date" example:"2026-11-24"`
	Until string `json:"until" format:"date" example:"2026-12-03"`
	Link  string `json:"link" example:"https://www.mohurd.gov.cn/"`
}

func timeline(entries []filing.Entry) []TimelineEntry {
	out := make([]TimelineEntry, len(entries))
	for i, e := range entries {
		out[i] = TimelineEntry{At: e.At.UTC(), Action: string(e.Action), Party: e.Party, ActorName: e.ActorName, From: orNull(string(e.From)), To: string(e.To),
			Reason: e.Reason, Article: orNull(string(e.Article)), Revision: e.Revision, CommitmentID: idOrNull(e.CommitmentID), LegalBasis: append([]string{}, e.Basis...),
			Corrections: make([]TimelineCorrection, len(e.Corrections)), Papers: make([]TimelinePaper, len(e.Papers)), Publicity: (*TimelinePublicity)(e.Publicity)}
		for j, c := range e.Corrections {
			out[i].Corrections[j] = TimelineCorrection{c.Field, string(c.PaperKind), c.Text}
		}
		for j, p := range e.Papers {
			out[i].Papers[j] = TimelinePaper{p.AttachmentID.String(), string(p.Kind), p.FileName, p.MediaType, p.Size, p.SHA256}
		}
	}
	return out
}

func filingPapers(papers []filing.Paper) []FilingPaper {
	out := make([]FilingPaper, len(papers))
	for i, p := range papers {
		out[i] = FilingPaper{idOrNull(p.AttachmentID), p.Kind, p.FileName, p.MediaType, p.Size, p.SHA256, p.SharedSource != "", p.SharedSource}
	}
	return out
}
