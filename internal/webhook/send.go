package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"zhuce/internal/idno"
	"zhuce/internal/outbound"
)

const (
	// maxAnswer is how much of an answer is read and kept.
	maxAnswer = 1 << 10
	// answerTime is how long its body may take once the status is known.
	answerTime = 2 * time.Second
)

// payload is the body of a delivery: thin, as the feed has it.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      event     `json:"data"`
}

// event is an event as in the feed; a test has no position.
type event struct {
	ID           uuid.UUID       `json:"id"`
	Position     *int64          `json:"position"`
	Kind         string          `json:"kind"`
	Subject      subject         `json:"subject"`
	EnterpriseID *uuid.UUID      `json:"enterprise_id"`
	CreditCode   *string         `json:"unified_social_credit_code"`
	OccurredAt   time.Time       `json:"occurred_at"`
	Data         json.RawMessage `json:"data"`
}

type subject struct {
	Type string    `json:"type"`
	ID   uuid.UUID `json:"id"`
}

func (d delivery) payload() ([]byte, error) {
	e := event{ID: d.EventID, Position: d.Position, Kind: d.Kind, Subject: subject{"webhook", d.WebhookID}, OccurredAt: d.CreatedAt.UTC(), Data: json.RawMessage(`{}`)}
	if d.SubjectID != nil {
		e.Subject, e.EnterpriseID, e.OccurredAt, e.Data = subject{d.SubjectType, *d.SubjectID}, d.EnterpriseID, d.OccurredAt.UTC(), d.Data
	}
	if d.CreditCode != "" {
		e.CreditCode = &d.CreditCode
	}
	return json.Marshal(payload{Type: d.Kind, Timestamp: e.OccurredAt, Data: e})
}

// result is what came of an attempt.
type result struct {
	at      time.Time
	took    time.Duration
	status  *int
	failure Failure // "" for success
	answer  string
}

// send makes one attempt. The error is a fault of ours, or the end of ctx.
func (s *Service) send(ctx context.Context, d delivery) (result, error) {
	r := result{at: s.db.Now()}
	secret, err := s.open(d.WebhookID, d.SecretSealed)
	if err != nil {
		return r, err
	}
	secrets := []string{secret}
	if len(d.OldSecretSealed) > 0 {
		old, err := s.open(d.WebhookID, d.OldSecretSealed)
		if err != nil {
			return r, err
		}
		secrets = append(secrets, old)
	}
	body, err := d.payload()
	if err != nil {
		return r, err
	}
	signed, err := signature(secrets, d.EventID.String(), r.at, body)
	if err != nil {
		return r, err
	}
	within, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(within, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return r, err
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "User-Agent": "Zhuce-Webhooks/1.0", "Webhook-Id": d.EventID.String(),
		"Webhook-Timestamp": strconv.FormatInt(r.at.Unix(), 10), "Webhook-Signature": signed} {
		req.Header.Set(name, value)
	}
	began := time.Now()
	resp, err := s.http.Do(req)
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		enough := time.AfterFunc(answerTime, cancel) // the status has told
		defer enough.Stop()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		r.status, r.failure, r.answer = &resp.StatusCode, judge(resp.StatusCode), clean(text)
	}
	r.took = time.Since(began)
	if err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err() // we leave: not the receiver's fault
		}
		r.failure = failureOf(err)
	}
	return r, nil
}

func judge(status int) Failure {
	switch {
	case status >= 200 && status < 300:
		return ""
	case status == http.StatusGone:
		return FailGone
	case status >= 300 && status < 400:
		return FailRedirect
	default:
		return FailStatus
	}
}

// failureOf sorts what may go wrong before there is a status.
func failureOf(err error) Failure {
	var (
		name     *net.DNSError
		op       *net.OpError
		record   tls.RecordHeaderError
		alert    tls.AlertError
		verify   *tls.CertificateVerificationError
		hostname x509.HostnameError
		slow     net.Error
	)
	switch {
	case outbound.Refused(err) != nil:
		return FailRefused
	case errors.As(err, &name):
		return FailName
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return FailTimeout
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &alert), errors.As(err, &hostname),
		errors.Is(err, http.ErrSchemeMismatch):
		return FailTLS
	case errors.As(err, &op), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return FailConnect
	default:
		return FailProtocol
	}
}

// clean makes an answer fit to be kept and shown: text without control characters,
// and nothing that seems to be a personal number.
func clean(answer []byte) string {
	text := strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar:
			return -1
		case unicode.IsControl(r):
			return ' '
		default:
			return r
		}
	}, strings.ToValidUTF8(string(answer), "")))
	if idno.HasPersonalNumber(text) {
		return ""
	}
	return text
}
