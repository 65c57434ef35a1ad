package idp

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"github.com/mojocn/base64Captcha"

	"zhuce/internal/idno"
)

// The three ways to ask. A person who cannot see the picture can listen or read instead.
const (
	askPicture = "picture"
	askAudio   = "audio"
	askText    = "text"
)

// captcha is one question. It belongs to the browser it was made for, lives captchaLife and is used up by
// the first answer, right or wrong.
type captcha struct {
	browser  string
	kind     string
	answer   string
	question phrase // of a text captcha
}

// newCaptcha makes a captcha for a browser and returns its id.
func (p *Provider) newCaptcha(browser, kind string) (string, captcha) {
	c := captcha{browser: browser, kind: kind}
	if kind == askText {
		c.question, c.answer = sum(1+dice(9), 1+dice(9))
	} else {
		c.answer = fmt.Sprintf("%04d", dice(10_000))
	}
	id := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.captchas.put(p.now(), id, c)
	return id, c
}

// solveCaptcha uses the captcha up and reports whether the answer is right. Full-width digits count.
func (p *Provider) solveCaptcha(browser, id, answer string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.captchas.get(p.now(), id)
	if !ok || c.browser != browser {
		return false
	}
	p.captchas.remove(id)
	return subtle.ConstantTimeCompare([]byte(c.answer), []byte(idno.NormalizeID(answer))) == 1
}

// CaptchaAnswer tells tests the answer of an open captcha; false when it is unknown, used or expired.
func (p *Provider) CaptchaAnswer(id string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.captchas.get(p.now(), id)
	return c.answer, ok
}

// serveCaptcha draws or speaks /captcha/{id}.png and /captcha/{id}.wav. A text captcha has neither.
func (p *Provider) serveCaptcha(w http.ResponseWriter, r *http.Request) {
	id, suffix, _ := strings.Cut(r.PathValue("file"), ".")
	p.mu.Lock()
	c, ok := p.captchas.get(p.now(), id)
	p.mu.Unlock()
	var driver base64Captcha.Driver
	var mediaType string
	switch {
	case !ok:
	case suffix == "png" && c.kind == askPicture:
		driver, mediaType = base64Captcha.NewDriverDigit(72, 200, len(c.answer), 0.5, 40), "image/png"
	case suffix == "wav" && c.kind == askAudio:
		driver, mediaType = base64Captcha.NewDriverAudio(len(c.answer), audioLanguage(r)), "audio/wav"
	}
	if driver == nil {
		http.NotFound(w, r)
		return
	}
	item, err := driver.DrawCaptcha(c.answer)
	var out bytes.Buffer
	if err == nil {
		_, err = item.WriteTo(&out)
	}
	if err != nil {
		p.log.ErrorContext(r.Context(), "draw captcha", "error", err)
		http.Error(w, "captcha", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(out.Bytes())
}

func audioLanguage(r *http.Request) string {
	if r.URL.Query().Get("lang") == en {
		return "en"
	}
	return "zh"
}

// sum puts an addition into words, so that it can be read out and takes understanding to answer.
func sum(a, b int) (phrase, string) {
	zh := [...]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	en := [...]string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	return phrase{
		zh: zh[a] + "加" + zh[b] + "等于几？请用数字回答。",
		en: "What is " + en[a] + " plus " + en[b] + "? Answer in digits.",
	}, fmt.Sprint(a + b)
}

// dice is a fair number from 0 to n-1.
func dice(n int64) int {
	v, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err) // the system has no randomness: nothing here would be safe
	}
	return int(v.Int64())
}
