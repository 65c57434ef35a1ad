package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// What is kept in the folder beside the database.
const (
	loginFile     = "login.json"
	registersFile = "registers.json"
	filesFolder   = "files"
	// resetMark stands while a reset is under way: whoever was killed in the midst of one
	// finds half of the demo data, and begins it anew.
	resetMark = "resetting"
)

// errForeign: what was given to us is not ours to drop.
var errForeign = errors.New("DATABASE_URL names a database that is not the stack's own; it is not reset")

// reset brings the stack back to fresh demo data and the machine's time: the doors
// are shut, the private database is dropped and made anew, and the product comes up
// again in the same process. Sessions, tokens, files and what was registered or
// granted are gone; the addresses and the master key stay.
func (s *Stack) reset(ctx context.Context, say func(string)) error {
	if s.private == nil {
		return errForeign
	}
	ctx = context.WithoutCancel(ctx) // half a reset serves nobody
	if err := os.WriteFile(s.path(resetMark), nil, 0o600); err != nil {
		return err
	}
	say("stopping the product 停止产品")
	if err := s.leave(); err != nil {
		s.log.Warn("the product did not stop cleanly", "cause", err)
	}
	say("a new database 新建数据库")
	if err := s.clear(ctx); err != nil {
		return err
	}
	s.Clock.Restart()
	if err := s.enter(ctx, func(format string, args ...any) { say(fmt.Sprintf(format, args...)) }); err != nil {
		return errors.Join(err, s.leave())
	}
	say("ready 就绪")
	return s.resetDone()
}

// clear empties the private database and what belongs to it.
func (s *Stack) clear(ctx context.Context) error {
	if err := s.private.DropDatabase(ctx, databaseName); err != nil {
		return err
	}
	if err := s.private.CreateDatabase(ctx, databaseName); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(s.path(filesFolder)), os.RemoveAll(s.path(loginFile)), os.RemoveAll(s.path(registersFile)))
}

// finishReset clears what a reset that was killed has left.
func (s *Stack) finishReset(ctx context.Context) error {
	if _, err := os.Stat(s.path(resetMark)); err != nil || s.private == nil {
		return nil //nolint:nilerr // no mark, no work
	}
	return s.clear(ctx)
}

// resetDone takes the mark away; the data is whole.
func (s *Stack) resetDone() error {
	if err := os.Remove(s.path(resetMark)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Stack) path(name string) string { return filepath.Join(s.options.Dir, name) }
