package idp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// account is an Account as kept: hashed, with a subject. The JSON is the format of Options.DataFile.
type account struct {
	Subject             string `json:"subject"`
	UserName            string `json:"user_name"`
	Hash                []byte `json:"password_hash"`
	Name                string `json:"name"`
	CreditCode          string `json:"credit_code"`
	LegalRepresentative string `json:"legal_representative"`
	Phone               string `json:"phone"`
	LegalPersonType     string `json:"legal_person_type"`
	Operator            string `json:"operator"`
	TrustLevel          int    `json:"trust_level"`
	Registered          bool   `json:"-"` // came through the form, not through Options
}

// failures counts wrong passwords in a row for one user name, whether or not it exists: otherwise the
// lock would tell who has an account. Its place on the shelf is renewed by every failure, and once it has
// lain there for lockLife both the count and the lock are over.
type failures struct {
	count int
	last  time.Time
}

func (f *failures) locked() bool { return f != nil && f.count >= maxTries }

var (
	errUserNameTaken   = errors.New("idp: user name taken")
	errCreditCodeTaken = errors.New("idp: credit code taken")
	errFull            = errors.New("idp: too many registrations")
)

func fold(userName string) string { return strings.ToLower(strings.TrimSpace(userName)) }

// subjectOf gives one user name the same opaque subject after every restart.
func subjectOf(userName string) string {
	sum := sha256.Sum256([]byte("standin-subject:" + fold(userName)))
	return hex.EncodeToString(sum[:16])
}

func (p *Provider) newAccount(a Account) (*account, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(a.Password), p.cost)
	if err != nil {
		return nil, fmt.Errorf("idp: hash password: %w", err)
	}
	kept := &account{
		Subject: subjectOf(a.UserName), UserName: a.UserName, Hash: hash,
		Name: a.Name, CreditCode: a.CreditCode, LegalRepresentative: a.LegalRepresentative,
		Phone: a.Phone, LegalPersonType: a.LegalPersonType, Operator: a.Operator, TrustLevel: a.TrustLevel,
	}
	if kept.LegalPersonType == "" {
		kept.LegalPersonType = "enterprise"
	}
	if kept.TrustLevel == 0 {
		kept.TrustLevel = 4
	}
	return kept, nil
}

func (p *Provider) seed(accounts []Account) error {
	for _, a := range accounts {
		if a.UserName == "" || p.accounts[fold(a.UserName)] != nil {
			return fmt.Errorf("idp: user name %q is empty or given twice", a.UserName)
		}
		kept, err := p.newAccount(a)
		if err != nil {
			return err
		}
		p.accounts[fold(a.UserName)] = kept
	}
	return nil
}

// load reads the registrations of earlier runs. An account given in Options wins over one of its name.
func (p *Provider) load() error {
	if p.file == "" {
		return nil
	}
	raw, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("idp: read registrations: %w", err)
	}
	var kept []*account
	if err := json.Unmarshal(raw, &kept); err != nil {
		return fmt.Errorf("idp: read registrations: %w", err)
	}
	for _, a := range kept {
		if a == nil || p.accounts[fold(a.UserName)] != nil {
			continue
		}
		a.Registered = true
		p.accounts[fold(a.UserName)] = a
	}
	return nil
}

// register adds an account; errUserNameTaken, errCreditCodeTaken or errFull when it may not. Uniqueness,
// the new entry and the file are one step under the lock, so two registrations cannot both win.
func (p *Provider) register(a Account) error {
	fresh, err := p.newAccount(a)
	if err != nil {
		return err
	}
	fresh.Registered = true
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.accounts[fold(a.UserName)] != nil {
		return errUserNameTaken
	}
	if len(p.accounts) >= capacity {
		return errFull
	}
	for _, other := range p.accounts {
		if other.CreditCode == a.CreditCode {
			return errCreditCodeTaken
		}
	}
	p.accounts[fold(a.UserName)] = fresh
	if err := p.save(); err != nil {
		delete(p.accounts, fold(a.UserName))
		return err
	}
	return nil
}

// save writes the registrations to a new file and moves it into place, so that a crash leaves the old
// one whole. The caller holds mu.
func (p *Provider) save() error {
	if p.file == "" {
		return nil
	}
	var kept []*account
	for _, a := range p.accounts {
		if a.Registered {
			kept = append(kept, a)
		}
	}
	slices.SortFunc(kept, func(a, b *account) int { return strings.Compare(a.UserName, b.UserName) })
	raw, err := json.MarshalIndent(kept, "", "  ")
	if err != nil {
		return fmt.Errorf("idp: save registrations: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(p.file), 0o700); err != nil {
		return fmt.Errorf("idp: save registrations: %w", err)
	}
	fresh := p.file + ".new"
	if err := os.WriteFile(fresh, raw, 0o600); err != nil {
		return fmt.Errorf("idp: save registrations: %w", err)
	}
	if err := os.Rename(fresh, p.file); err != nil {
		return fmt.Errorf("idp: save registrations: %w", err)
	}
	return nil
}

// verdict is what came of a user name and a password.
type verdict struct {
	account     *account  // nil when refused
	lockedUntil time.Time // set when the user name is locked, by this try or an earlier one
	triesLeft   int       // when refused and not locked
}

// checkPassword judges one try and counts it. A locked name is refused without looking at the password.
func (p *Provider) checkPassword(userName, password string) verdict {
	key, now := fold(userName), p.now()
	p.mu.Lock()
	known := p.accounts[key]
	f, _ := p.tries.get(now, key)
	p.mu.Unlock()
	if f.locked() {
		return verdict{lockedUntil: f.last.Add(lockLife)}
	}

	hash := p.decoy
	if known != nil {
		hash = known.Hash
	}
	right := bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known != nil

	p.mu.Lock()
	defer p.mu.Unlock()
	f, _ = p.tries.get(now, key)
	if f.locked() { // tries made at the same time have used the allowance up
		return verdict{lockedUntil: f.last.Add(lockLife)}
	}
	if right {
		p.tries.remove(key)
		return verdict{account: known}
	}
	next := &failures{count: 1, last: now}
	if f != nil {
		next.count += f.count
	}
	p.tries.put(now, key, next)
	if next.locked() {
		return verdict{lockedUntil: now.Add(lockLife)}
	}
	return verdict{triesLeft: maxTries - next.count}
}
