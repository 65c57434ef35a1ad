package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"zhuce/internal/standin/demo"
	"zhuce/internal/standin/stack"
)

// runOptions are the flags of run.
type runOptions struct {
	postgres  string
	ephemeral bool
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run [-- command [argument…]]",
		Short: "Run the product with a private PostgreSQL, stand-ins and demo data",
		Long: "Serves until it is interrupted; data stays in " + folder + " for next time.\n" +
			"With a command: runs it against the stack (ZHUCE_BASE_URL, ZHUCE_LOGIN_URL, ZHUCE_CONSOLE_URL) and ends with its exit code.",
		RunE: func(c *cobra.Command, args []string) error { return run(c.Context(), o, args) },
	}
	c.Flags().StringVar(&o.postgres, "postgres", os.Getenv("ZHUCE_POSTGRES"), `server binaries: "system", "npm", or empty for whichever is there`)
	c.Flags().BoolVar(&o.ephemeral, "ephemeral", false, "keep nothing, listen on free ports, load little demo data")
	return c
}

func run(ctx context.Context, o runOptions, command []string) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	began := time.Now()
	settings := stack.Options{Dir: folder, DatabaseURL: os.Getenv("DATABASE_URL"), Postgres: o.postgres,
		Product: cmp.Or(os.Getenv("ZHUCE_PRODUCT_ADDRESS"), "localhost:8080"),
		Login:   cmp.Or(os.Getenv("ZHUCE_LOGIN_ADDRESS"), "localhost:8090"),
		Console: cmp.Or(os.Getenv("ZHUCE_CONSOLE_ADDRESS"), "localhost:8091"),
		Environ: os.Environ(), Log: log,
		Say: func(format string, args ...any) { fmt.Fprintf(os.Stderr, "… "+format+"\n", args...) },
	}
	if o.ephemeral {
		runs := filepath.Join(folder, "ephemeral")
		sweep(ctx, runs, "postgres", log)
		settings.Dir = filepath.Join(runs, strconv.Itoa(os.Getpid()))
		settings.Product, settings.Login, settings.Console = "localhost:0", "localhost:0", "localhost:0"
		settings.Ephemeral, settings.Small = true, true
		defer func() { err = errors.Join(err, os.RemoveAll(settings.Dir)) }()
	}
	s, err := stack.Start(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if len(command) > 0 {
		return runChild(command, "ZHUCE_BASE_URL="+s.ProductURL, "ZHUCE_LOGIN_URL="+s.LoginURL, "ZHUCE_CONSOLE_URL="+s.ConsoleURL)
	}
	announce(s, time.Since(began))
	return s.Wait(ctx)
}

// announce tells a newcomer where to go and how to get in.
func announce(s *stack.Stack, took time.Duration) {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "\nZhuce 注册 is ready after %s. Stop it with Ctrl-C; the data stays in %s.\n\n", took.Round(100*time.Millisecond), folder)
	for _, l := range [][2]string{
		{"Product 企业端", s.ProductURL}, {"Swagger UI", s.ProductURL + "/swagger/"}, {"OpenAPI", s.ProductURL + "/openapi.json"},
		{"Sandbox console 沙盒", s.ConsoleURL},
		{"Login stand-in 登录替身", s.LoginURL + "/control/accounts"},
	} {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", l[0], l[1])
	}
	_, _ = fmt.Fprintf(w, "\n  Demo accounts 演示账号 (password %s)\n", demo.Password)
	for _, a := range demo.Accounts() {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", a.UserName, a.Name)
	}
	_, _ = fmt.Fprint(w, "\n  Machine clients 机器客户端\n")
	for _, c := range demo.Clients() {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", c.Name, c.Secret)
	}
	_, _ = fmt.Fprintln(w)
	_ = w.Flush()
}
