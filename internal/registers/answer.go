package registers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"
	"unicode/utf8"
)

// answer is what one register says, as it is read from its JSON and kept.
type answer interface {
	check() error // what is wrong with it
	unknown()     // the register says that it has no such enterprise
}

type qualificationsAnswer struct {
	Certificates []Certificate `json:"certificates"`
}

type nameAnswer struct {
	Name       string `json:"name"` // "" when there is no such enterprise
	FormerName string `json:"former_name"`
	ChangedOn  string `json:"changed_on"`
}

// Bounds of what a register may say.
const (
	maxCertificates = 200
	maxText         = 200 // characters
)

var certificateNumber = regexp.MustCompile(`^[A-Z][0-9]{9}$`)

// read takes an answer strictly: one JSON value about the enterprise that was
// asked for, in which all that we use is as it should be. What we do not use may be there.
func read[T any, A interface {
	*T
	answer
}](status int, body []byte, creditCode string) ([]byte, error) {
	var said T
	if status == http.StatusNotFound {
		var refusal struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(body, &refusal) != nil || refusal.Error != "unknown_enterprise" {
			return nil, errors.New("status 404 that is not the register's own word")
		}
		A(&said).unknown()
		return json.Marshal(said)
	}
	var about struct {
		CreditCode string `json:"unified_social_credit_code"`
	}
	if err := json.Unmarshal(body, &about); err != nil {
		return nil, fmt.Errorf("the answer cannot be read: %w", err)
	}
	if about.CreditCode != creditCode {
		return nil, errors.New("the answer is about another enterprise")
	}
	if bytes.Contains(body, []byte(`\u0000`)) {
		return nil, errors.New("the answer holds a NUL")
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, fmt.Errorf("the answer cannot be read: %w", err)
	}
	if err := A(&said).check(); err != nil {
		return nil, err
	}
	return json.Marshal(said)
}

func (a *qualificationsAnswer) check() error {
	if a.Certificates == nil {
		return errors.New("the answer has no list of certificates")
	}
	if len(a.Certificates) > maxCertificates {
		return errors.New("the answer has too many certificates")
	}
	seen := map[string]bool{}
	for _, c := range a.Certificates {
		if !certificateNumber.MatchString(c.Number) || seen[c.Number] {
			return errors.New("a certificate without a number of its own")
		}
		seen[c.Number] = true
		if c.Title == "" || c.Holder == "" {
			return fmt.Errorf("certificate %s has no title or no holder", c.Number)
		}
		if !isDate(c.IssuedOn) || !isDate(c.ValidUntil) || c.ValidUntil < c.IssuedOn {
			return fmt.Errorf("certificate %s has no sound dates", c.Number)
		}
		for _, s := range []string{c.Title, c.Category, c.Grade, c.IssuingAuthority, c.Holder} {
			if utf8.RuneCountInString(s) > maxText {
				return fmt.Errorf("certificate %s has too long a text", c.Number)
			}
		}
	}
	return nil
}

// unknown: an enterprise that the register has never heard of has no certificate.
func (a *qualificationsAnswer) unknown() { a.Certificates = []Certificate{} }

func (a *nameAnswer) check() error {
	if a.Name == "" || utf8.RuneCountInString(a.Name) > maxText || utf8.RuneCountInString(a.FormerName) > maxText {
		return errors.New("the answer has no sound name")
	}
	if (a.FormerName == "") != (a.ChangedOn == "") || a.ChangedOn != "" && !isDate(a.ChangedOn) {
		return errors.New("the answer has a former name without its day, or a day without it")
	}
	return nil
}

func (a *nameAnswer) unknown() {}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
