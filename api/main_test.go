package api_test

import (
	"testing"

	"zhuce/api/apitest"
)

func TestMain(m *testing.M) { apitest.Main(m) }
