package errs

// Plain is a refusal as it can be kept and told later: its texts filled in, in both languages.
type Plain struct {
	Kind    Kind          `json:"kind"`
	Code    string        `json:"code"`
	Text    Text          `json:"text"`
	Details []PlainDetail `json:"details"`
}

// PlainDetail is one of its reasons.
type PlainDetail struct {
	Pointer string  `json:"pointer"`
	Code    string  `json:"code"`
	Text    Text    `json:"text"`
	Record  *Record `json:"record"`
}

// Plain gives the refusal without its cause.
func (e *Error) Plain() Plain {
	fill := func(t Text, params map[string]any) Text { return Text{t.In("zh-CN", params), t.In("en", params)} }
	p := Plain{Kind: e.Def.Kind, Code: e.Def.Code, Text: fill(e.Def.Text, e.Params), Details: make([]PlainDetail, len(e.Details))}
	for i, d := range e.Details {
		p.Details[i] = PlainDetail{d.Pointer, d.Code, fill(d.Text, d.Params), d.Record}
	}
	return p
}
