package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func browserCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "browser",
		Short: "Make sure that a Chromium and Chinese fonts are there; the last line printed is its path",
		Long: "Looks at ZHUCE_CHROMIUM, then for an installed Chromium or Chrome. Failing that, installs\n" +
			"Debian's package when run as root on Debian or Ubuntu, and Playwright's own download elsewhere.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path, err := browser(c.Context())
			if err == nil {
				fmt.Println(path)
			}
			return err
		},
	}
}

func browser(ctx context.Context) (string, error) {
	if given := os.Getenv("ZHUCE_CHROMIUM"); given != "" {
		return given, works(ctx, given)
	}
	path := installedBrowser(ctx)
	if path != "" && hasChineseFont(ctx) {
		return path, nil
	}
	if aptIsOurs() {
		err := installDebian(ctx, path == "")
		if found := installedBrowser(ctx); found != "" && err == nil {
			return found, nil
		}
		fmt.Fprintln(os.Stderr, "devstack: Debian's packages did not do:", err)
	}
	if path != "" {
		fmt.Fprintln(os.Stderr, "devstack: no Chinese font is installed; screenshots will show boxes")
		return path, nil
	}
	return installPlaywright(ctx)
}

func installedBrowser(ctx context.Context) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil && works(ctx, path) == nil {
			return path
		}
	}
	return ""
}

// works tells a browser from Ubuntu's placeholder, which asks for snap instead.
func works(ctx context.Context, path string) error {
	if out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput(); err != nil {
		return fmt.Errorf("%s --version: %w %s", path, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// hasChineseFont is true where fontconfig is absent too: macOS brings its fonts along.
func hasChineseFont(ctx context.Context) bool {
	if _, err := exec.LookPath("fc-list"); err != nil {
		return !aptIsOurs()
	}
	out, err := exec.CommandContext(ctx, "fc-list", ":lang=zh-cn", "family").Output()
	return err == nil && len(bytes.TrimSpace(out)) > 0
}

func aptIsOurs() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

func installDebian(ctx context.Context, chromium bool) error {
	packages := []string{"fontconfig", "fonts-noto-cjk"}
	if chromium {
		packages = append(packages, "chromium")
	}
	return errors.Join(
		toStderr(ctx, ".", "apt-get", "update", "-q"),
		toStderr(ctx, ".", "apt-get", append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...)...))
}

func installPlaywright(ctx context.Context) (string, error) {
	install := []string{"playwright", "install", "chromium"}
	if os.Geteuid() == 0 {
		install = []string{"playwright", "install", "--with-deps", "chromium"}
	}
	if err := toStderr(ctx, "frontend", "npx", install...); err != nil {
		return "", err
	}
	ask := exec.CommandContext(ctx, "node", "--input-type=module", "-e",
		`import { chromium } from '@playwright/test'; console.log(chromium.executablePath())`)
	ask.Dir = "frontend"
	out, err := ask.Output()
	if err != nil {
		return "", fmt.Errorf("where Playwright put its browser: %w", err)
	}
	path := filepath.Clean(strings.TrimSpace(string(out)))
	return path, works(ctx, path)
}

// toStderr keeps what installers say out of our own output, which scripts read.
func toStderr(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}
