package token

import (
	"crypto/sha256"
	"sync"
	"time"
)

// remembered bounds the memory of verified tokens (about 1 KB each).
const remembered = 20_000

// memory spares the signature check of a token that was verified before: checking
// ES256 costs more than the rest of a small request. Keys outlive the tokens they
// signed, so a remembered token can only become wrong by time, which is looked at.
type memory struct {
	mu     sync.Mutex
	claims map[[sha256.Size]byte]Claims
}

func newMemory() *memory { return &memory{claims: map[[sha256.Size]byte]Claims{}} }

func (m *memory) get(bearer string) (Claims, bool) {
	h := sha256.Sum256([]byte(bearer))
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.claims[h]
	return c, ok
}

// put remembers a verified token. When there is no room the expired ones go, and
// if that is not enough, all: everybody is then verified once more.
func (m *memory) put(bearer string, c Claims, now time.Time) {
	h := sha256.Sum256([]byte(bearer))
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.claims) >= remembered {
		for old, c := range m.claims {
			if !now.Before(c.ExpiresAt.Time) {
				delete(m.claims, old)
			}
		}
		if len(m.claims) > remembered/2 {
			clear(m.claims)
		}
	}
	m.claims[h] = c
}
