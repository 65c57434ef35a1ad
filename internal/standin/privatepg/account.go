package privatepg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server's programs run as. The zero value is ourselves.
type account struct {
	name     string
	uid, gid uint32
	drop     bool // we are root and must become this account
}

// String is for the log.
func (a account) String() string {
	if !a.drop {
		return "own"
	}
	return fmt.Sprintf("%s (uid %d)", a.name, a.uid)
}

// command prepares a program in a process group of its own, so that Ctrl-C in a
// terminal reaches us alone and we decide when the server ends.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	// Nothing of the caller's PG* variables or language gets in; the server's
	// messages stay English, since launch reads them.
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

// accounts lists unprivileged accounts to try. It must be one that the machine
// knows by name, because initdb looks it up.
func accounts() []account {
	var found []account
	for _, name := range []string{"nobody", "postgres", "_postgres", "daemon"} {
		u, err := osuser.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseInt(u.Uid, 10, 64) // macOS writes nobody as -2
		gid, err2 := strconv.ParseInt(u.Gid, 10, 64)
		if err1 == nil && err2 == nil && uint32(uid) != 0 {
			found = append(found, account{name: name, uid: uint32(uid), gid: uint32(gid), drop: true})
		}
	}
	return found
}

// settle decides whom the server runs as and which folder holds the cluster.
// An existing cluster keeps its owner. As root on a folder that no unprivileged
// account can reach (a clone below /root, say), the cluster goes to a folder
// of its own below /var/tmp, and the log says so.
func settle(ctx context.Context, dir string, o Options) (account, string, error) {
	homes := []string{dir}
	if os.Geteuid() == 0 {
		other := replacement(dir)
		// Its name can be foreseen and its parent is open to all, so it must be ours.
		if owner, err := ownerOf(other); err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && owner.uid != 0 {
			return account{}, "", fmt.Errorf("privatepg: %s belongs to somebody else; remove it", other)
		}
		homes = append(homes, other)
	}
	for _, home := range homes {
		data := filepath.Join(home, "data")
		owner, err := ownerOf(data)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return account{}, "", err
		}
		if os.Geteuid() != 0 && int(owner.uid) != os.Geteuid() {
			return account{}, "", fmt.Errorf("privatepg: %s belongs to uid %d, not to you (a run as root made it?): run as root again, or remove it", data, owner.uid)
		}
		if clusterMajor(data) == 0 {
			continue
		}
		owner.drop = os.Geteuid() == 0
		return owner, home, nil
	}
	if os.Geteuid() != 0 {
		return account{}, dir, nil
	}
	var why error
	for _, home := range homes {
		for _, a := range accounts() {
			if why = a.tryHome(ctx, home); why != nil {
				continue
			}
			if home != dir {
				level := slog.LevelWarn
				if o.Ephemeral {
					level = slog.LevelDebug // nobody will look for the files
				}
				o.Log.Log(ctx, level, "the unprivileged account of PostgreSQL cannot reach the folder; its files are kept elsewhere", "folder", dir, "kept_in", home)
			}
			return a, home, nil
		}
	}
	if why == nil {
		why = errors.New("the machine knows neither nobody, postgres nor daemon")
	}
	return account{}, "", fmt.Errorf("privatepg: PostgreSQL does not run as root, and no other account can be used: %w", why)
}

// tryHome makes the folder that a new cluster will be made in, and asks the
// account itself whether it can write there: modes, ACLs and user namespaces
// then count without our knowing them.
func (a account) tryHome(ctx context.Context, home string) error {
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	probe := filepath.Join(home, "data.new")
	if err := os.RemoveAll(probe); err != nil {
		return err
	}
	if err := os.Mkdir(probe, 0o700); err != nil {
		return err
	}
	if err := os.Lchown(probe, int(a.uid), int(a.gid)); err != nil {
		return err
	}
	if out, err := a.command(ctx, "/", "/bin/sh", "-c", `cd "$0" && test -w .`, probe).CombinedOutput(); err != nil {
		_ = os.RemoveAll(probe)
		return fmt.Errorf("%s cannot write to %s: %s %w", a.name, probe, out, err)
	}
	return nil
}

// replacement is where the cluster goes when dir cannot be reached.
func replacement(dir string) string {
	base := "/var/tmp" // outlives a restart of the machine, /tmp may not
	if _, err := os.Stat(base); err != nil {
		base = os.TempDir()
	}
	if real, err := filepath.EvalSymlinks(base); err == nil {
		base = real
	}
	key := sha256.Sum256([]byte(dir))
	return filepath.Join(base, fmt.Sprintf("zhuce-postgres-%x", key[:6]))
}

func ownerOf(path string) (account, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return account{}, fmt.Errorf("privatepg: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account{}, fmt.Errorf("privatepg: the owner of %s cannot be read", path)
	}
	return account{name: strconv.Itoa(int(st.Uid)), uid: st.Uid, gid: st.Gid}, nil
}
