package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"zhuce/internal/standin/privatepg"
)

// testDatabase is the variable that pgtest reads.
const testDatabase = "ZHUCE_TEST_DATABASE_URL"

func execCommand() *cobra.Command {
	var source string
	c := &cobra.Command{
		Use:   "exec -- command [argument…]",
		Short: "Run a command with " + testDatabase + " set to a PostgreSQL of its own",
		Long: "Starts a PostgreSQL that keeps nothing, runs the command and stops the server again.\n" +
			"Ends with the command's exit code. If " + testDatabase + " is set already, that server is used.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return execWithDatabase(c.Context(), source, args) },
	}
	c.Flags().StringVar(&source, "postgres", os.Getenv("ZHUCE_POSTGRES"), `server binaries: "system", "npm", or empty for whichever is there`)
	return c
}

func execWithDatabase(ctx context.Context, source string, args []string) (err error) {
	if os.Getenv(testDatabase) != "" {
		return runChild(args)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	runs := filepath.Join(folder, "test")
	sweep(ctx, runs, ".", log)
	s, err := privatepg.Start(ctx, privatepg.Options{Dir: filepath.Join(runs, strconv.Itoa(os.Getpid())),
		Source: source, Ephemeral: true, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return runChild(args, testDatabase+"="+s.URL("postgres"))
}

// childError says that the command given by the user ended badly, as opposed to
// one of our own.
type childError struct{ *exec.ExitError }

// code is what a shell would report: 128 + the number of the signal that ended it.
func (e *childError) code() int {
	if st, ok := e.Sys().(syscall.WaitStatus); ok && st.Signaled() {
		return 128 + int(st.Signal())
	}
	return e.ExitCode()
}

// runChild runs a command until it ends, and passes signals on. It shares our
// terminal, so Ctrl-C reaches it by itself; passed on, it would arrive twice.
func runChild(args []string, env ...string) error {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run %s: %w", args[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			var bad *exec.ExitError
			if errors.As(err, &bad) {
				return &childError{bad}
			}
			return err
		case sig := <-signals:
			if sig != os.Interrupt || !isatty.IsTerminal(os.Stdin.Fd()) {
				_ = cmd.Process.Signal(sig)
			}
		}
	}
}

// sweep clears what runs that were killed have left. A run's folder is named by
// its process; postgres is where in it the database lies.
func sweep(ctx context.Context, runs, postgres string, log *slog.Logger) {
	old, _ := filepath.Glob(filepath.Join(runs, "*"))
	for _, dir := range old {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err != nil || syscall.Kill(pid, 0) == nil {
			continue // still going, or not ours
		}
		err := privatepg.Remove(ctx, filepath.Join(dir, postgres))
		if errors.Is(err, privatepg.ErrHeld) {
			continue
		}
		if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
			log.Warn("cannot clear an earlier run", "folder", dir, "cause", err)
		}
	}
}
