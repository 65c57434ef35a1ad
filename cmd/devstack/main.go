// Command devstack is what the Makefile runs: the product with a private
// PostgreSQL, stand-ins and demo data; a command with a database for its tests;
// a browser for the end-to-end tests; an office program for the exports. It is for development and never shipped.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// folder holds everything that devstack keeps between runs. It is not tracked.
const folder = ".devstack"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command().ExecuteContext(ctx)
	stop()
	var ended *childError
	switch {
	case err == nil:
	case errors.As(err, &ended):
		os.Exit(ended.code())
	default:
		fmt.Fprintln(os.Stderr, "devstack:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "devstack",
		Short:         "The development stack of Zhuce",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(runCommand(), execCommand(), browserCommand(), officeCommand())
	return root
}
