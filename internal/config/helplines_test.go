package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"zhuce/internal/config"
)

// The built-in lines are those of the manual, section 4, number by number.
func TestHelpLinesOfTheManual(t *testing.T) {
	t.Parallel()
	lines, err := config.Config{}.HelpLines()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"010-88019251": "系统操作问题", "010-88019252": "系统操作问题", "010-88361866": "一级注册建筑师、一级注册结构工程师、注册土木工程师（岩土）",
		"010-63369167": "注册公用设备工程师", "010-62006282": "注册电气工程师", "010-64820640": "注册化工工程师"}
	for _, l := range lines {
		for _, phone := range l.Phones {
			if want[phone] != l.ZH || l.EN == "" {
				t.Errorf("%s: %q", phone, l.ZH)
			}
			delete(want, phone)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestHelpLinesFromAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lines.json")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Config{HelpLinesFile: path}
	write(`[{"zh":"值班","en":"On call","phones":["12345"],"kind":"system"}]`)
	if lines, err := c.HelpLines(); err != nil || len(lines) != 1 || lines[0].Phones[0] != "12345" {
		t.Errorf("%v %v", lines, err)
	}
	write(`[{`)
	if _, err := c.HelpLines(); err == nil {
		t.Error("a broken file is taken")
	}
	c.HelpLinesFile += ".none"
	if _, err := c.HelpLines(); err == nil {
		t.Error("a missing file is taken")
	}
}
