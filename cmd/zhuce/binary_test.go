package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The shipped binary holds nothing of the stand-ins: no package, no control path, no
// page, no demo secret. internal/archtest says the same of the sources.
func TestTheBinaryHasNoStandIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zhuce")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, ".") // as `make build` does
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	binary, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, theirs := range []string{
		"zhuce/internal/standin", "internal/standin/console", // packages, as the table of functions names them
		"/control/clock", "/control/registers", "/control/captcha", // what tests pull on
		"沙盒控制台", "Sandbox console", "测试替身", // pages
		"secret-for-development", "Zhuce2026!", // the demo's secrets
	} {
		if bytes.Contains(binary, []byte(theirs)) {
			t.Errorf("the shipped binary contains %q", theirs)
		}
	}
	for _, ours := range []string{"zhuce/internal/filing.", "zhuce/api.", "/exchange/decisions"} {
		if !bytes.Contains(binary, []byte(ours)) {
			t.Errorf("the shipped binary does not contain %q, so this test proves nothing", ours)
		}
	}
}
