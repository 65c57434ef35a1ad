package attachment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// spool is an upload on its way: in a temporary file, with its digest.
type spool struct {
	file *os.File
	size int64 // at most one byte over the limit
	sum  [32]byte
}

// receive writes r to a temporary file and stops one byte after the limit, so
// that memory and disk stay bounded whatever is sent.
func receive(r io.Reader, limit int64) (*spool, error) {
	f, err := os.CreateTemp("", "zhuce-upload-*")
	if err != nil {
		return nil, fmt.Errorf("attachment: %w", err)
	}
	sp := &spool{file: f}
	h := sha256.New()
	if sp.size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1)); err != nil {
		sp.discard()
		return nil, fmt.Errorf("attachment: receive: %w", err)
	}
	h.Sum(sp.sum[:0])
	return sp, nil
}

func (s *spool) hex() string { return hex.EncodeToString(s.sum[:]) }

func (s *spool) discard() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}
