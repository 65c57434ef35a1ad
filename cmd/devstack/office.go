package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
)

func officeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "office",
		Short: "Make sure that LibreOffice is there, to open what we export; the last line printed is its path",
		Long: "Looks at ZHUCE_OFFICE, then for an installed LibreOffice. Failing that, installs Debian's\n" +
			"libreoffice-calc-nogui when run as root on Debian or Ubuntu; elsewhere it prints an empty line\n" +
			"and the test that needs it is skipped.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			fmt.Println(office(c.Context()))
			return nil
		},
	}
}

func office(ctx context.Context) string {
	if given := os.Getenv("ZHUCE_OFFICE"); given != "" {
		return given
	}
	if path := installedOffice(); path != "" {
		return path
	}
	if !aptIsOurs() {
		fmt.Fprintln(os.Stderr, "devstack: LibreOffice is not installed; exported files are read back, but not opened by another program")
		return ""
	}
	if err := errors.Join(
		toStderr(ctx, ".", "apt-get", "update", "-q"),
		toStderr(ctx, ".", "apt-get", "install", "-y", "-q", "--no-install-recommends", "libreoffice-calc-nogui")); err != nil {
		fmt.Fprintln(os.Stderr, "devstack: Debian's packages did not do:", err)
	}
	return installedOffice()
}

func installedOffice() string {
	for _, name := range []string{"soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
