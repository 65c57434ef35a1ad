package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhuce/internal/pg"
	"zhuce/internal/standin/privatepg"
)

func runCommand() *cobra.Command {
	var source string
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the product with a private PostgreSQL, stand-ins and demo data",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return run(c.Context(), source) },
	}
	c.Flags().StringVar(&source, "postgres", os.Getenv("ZHUCE_POSTGRES"), `server binaries: "system", "npm", or empty for whichever is there`)
	return c
}

// run keeps the stack up until ctx ends. Data stays in the folder for next time.
func run(ctx context.Context, source string) (err error) {
	log := logger()
	server, err := privatepg.Start(ctx, privatepg.Options{Dir: filepath.Join(folder, "postgres"), Source: source, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	if err := server.CreateDatabase(ctx, "zhuce"); err != nil {
		return err
	}
	if err := pg.Migrate(ctx, server.URL("zhuce")); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-server.Exited():
		return fmt.Errorf("PostgreSQL ended; see %s", filepath.Join(folder, "postgres", "server.log"))
	}
}
