package config

import (
	"encoding/json"
	"fmt"
	"os"
)

// HelpLine is a number to call (manual §4). Kind is "system" or "business".
type HelpLine struct {
	ZH     string   `json:"zh"`
	EN     string   `json:"en"`
	Phones []string `json:"phones"`
	Kind   string   `json:"kind"`
}

// HelpLines are the built-in numbers of the manual, or those of HelpLinesFile.
func (c Config) HelpLines() ([]HelpLine, error) {
	if c.HelpLinesFile == "" {
		return []HelpLine{
			{"系统操作问题", "Using the system", []string{"010-88019251", "010-88019252"}, "system"},
			{"一级注册建筑师、一级注册结构工程师、注册土木工程师（岩土）", "First-class architects, first-class structural engineers, civil engineers (geotechnical)", []string{"010-88361866"}, "business"},
			{"注册公用设备工程师", "Utility engineers", []string{"010-63369167"}, "business"},
			{"注册电气工程师", "Electrical engineers", []string{"010-62006282"}, "business"},
			{"注册化工工程师", "Chemical engineers", []string{"010-64820640"}, "business"},
		}, nil
	}
	b, err := os.ReadFile(c.HelpLinesFile)
	if err != nil {
		return nil, fmt.Errorf("help lines: %w", err)
	}
	var lines []HelpLine
	if err := json.Unmarshal(b, &lines); err != nil {
		return nil, fmt.Errorf("help lines: %s: %w", c.HelpLinesFile, err)
	}
	return lines, nil
}
