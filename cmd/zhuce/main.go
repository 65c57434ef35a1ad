// Command zhuce is the product: the API and the browser application in one
// binary. Settings come from the environment (package config).
//
// main handles signals and the exit code; run does the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"zhuce/api"
	"zhuce/internal/config"
	"zhuce/internal/pg"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "zhuce:", err)
		os.Exit(1)
	}
}

// run executes one command. ctx ends when the process is asked to stop.
func run(ctx context.Context, args []string, out, logs io.Writer) error {
	root := &cobra.Command{
		Use:           "zhuce",
		Short:         "注册申报管理系统（聘用企业） · registration filings, the employer's side",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(serveCommand(logs), migrateCommand(logs), clientCommand(logs), healthCommand(), versionCommand())
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(logs)
	return root.ExecuteContext(ctx)
}

func serveCommand(logs io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "启动服务 · serve the API and the application",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := settings(logs)
			if err != nil {
				return err
			}
			listener, err := net.Listen("tcp", cfg.Listen)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, log, listener)
		},
	}
}

func migrateCommand(logs io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "升级数据库结构 · bring the database to the newest schema",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, err := settings(logs)
			if err != nil {
				return err
			}
			if err := pg.Migrate(cmd.Context(), cfg.DatabaseURL); err != nil {
				return err
			}
			log.Info("the database is at the newest schema")
			return nil
		},
	}
}

func healthCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "检查服务是否在运行 · exit with 0 when the server on this machine answers",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return healthcheck(cmd.Context(), address) },
	}
	listen := os.Getenv("ZHUCE_LISTEN")
	if listen == "" {
		listen = ":8080"
	}
	cmd.Flags().StringVar(&address, "address", listen, "where the server listens")
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "显示版本 · print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "zhuce %s (%s, %s)\n", api.Version, revision(), runtime.Version())
			return err
		},
	}
}

// settings reads the environment and makes the log that it asks for.
func settings(logs io.Writer) (config.Config, *slog.Logger, error) {
	cfg, err := config.Load()
	if err != nil {
		return config.Config{}, nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		return config.Config{}, nil, errors.New("ZHUCE_LOG_LEVEL must be debug, info, warn or error")
	}
	return cfg, slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: level})), nil
}

// healthcheck asks the server's probe, on this machine when it listens everywhere.
func healthcheck(ctx context.Context, listen string) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	return nil
}

// revision is the commit that the binary was built from.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "unknown revision"
}
