package config

import (
	"strings"
	"testing"
)

func TestRegisterAddresses(t *testing.T) {
	for _, tc := range []struct {
		environment, address string
		ok                   bool
	}{
		{"development", "", true},
		{"development", "http://localhost:9000", true},
		{"development", "http://localhost:9000/v1", true},
		{"development", "http://localhost:9000/", false},
		{"development", "localhost:9000", false},
		{"development", "file:///etc/passwd", false},
		{"development", "https://register.example?x=1", false},
		{"production", "http://register.example", false},
		{"production", "https://register.example/api", true},
	} {
		c := Config{Environment: tc.environment, QualificationRegisterURL: tc.address}
		err := c.Check()
		if told := err != nil && strings.Contains(err.Error(), "ZHUCE_QUALIFICATION_REGISTER_URL"); told == tc.ok {
			t.Errorf("%s %q: %v", tc.environment, tc.address, err)
		}
	}
}
