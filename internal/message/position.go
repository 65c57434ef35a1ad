package message

import (
	"regexp"
	"strconv"
)

// Position is how far a reader is: the last number in each of their audiences. It
// goes to the reader as text and comes back after a break.
type Position struct {
	own, province, all int64
	code               string // of the province; it may change
}

var positionForm = regexp.MustCompile(`^([0-9]{1,18})\.([0-9]{2}|-)([0-9]{1,18})\.([0-9]{1,18})$`)

// String writes the position.
func (p Position) String() string {
	code := p.code
	if code == "" {
		code = "-"
	}
	return strconv.FormatInt(p.own, 10) + "." + code + strconv.FormatInt(p.province, 10) + "." + strconv.FormatInt(p.all, 10)
}

// ParsePosition reads a position; false for what is none of ours.
func ParsePosition(s string) (Position, bool) {
	m := positionForm.FindStringSubmatch(s)
	if m == nil {
		return Position{}, false
	}
	number := func(s string) int64 {
		n, _ := strconv.ParseInt(s, 10, 64) // 18 digits fit
		return n
	}
	p := Position{own: number(m[1]), code: m[2], province: number(m[3]), all: number(m[4])}
	if p.code == "-" {
		p.code = ""
	}
	return p, true
}

// at gives the position with the number in the audience.
func (p Position) at(audience string, number int64) Position {
	switch {
	case audience == everybody:
		p.all = number
	case len(audience) > 2:
		p.own = number
	default:
		p.code, p.province = audience, number
	}
	return p
}

// Within gives the position held against how far a reader could be: a province that
// has changed begins at its end, and nothing lies beyond the end.
func (p Position) Within(end Position) Position {
	if p.code != end.code {
		p.code, p.province = end.code, end.province
	}
	p.own, p.province, p.all = min(p.own, end.own), min(p.province, end.province), min(p.all, end.all)
	return p
}

// everybody is the audience that all enterprises belong to. Every other is an
// enterprise's id or the two digits of a province.
const everybody = "all"
