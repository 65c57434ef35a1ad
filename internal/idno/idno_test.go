package idno_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"zhuce/internal/idno"
)

func TestValidCreditCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"9144030071526726XG":  true, // published codes of listed companies
		"91330100799655058B":  true,
		"914403001922038216":  true,
		"91110000802100433B":  true,
		"914403001922038217":  false, // check character off by one
		"914403001922038126":  false, // two neighbours swapped
		"9144030071526726Xg":  false, // small letter: normalise first
		"9144030O71526726XG":  false, // the letter O
		"91440A0071526726XG":  false, // letter in the region
		"9144030071526726XI":  false, // outside the set
		"9144030071526726X":   false,
		"9144030071526726XGG": false,
		"企业统一社会":              false, // 18 bytes, six characters
		"":                    false,
	} {
		if got := idno.ValidCreditCode(code); got != want {
			t.Errorf("ValidCreditCode(%q) = %v, want %v", code, got, want)
		}
	}
}

func TestValidResidentID(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]bool{
		"11010519491231002X": true, // the examples printed in GB 11643-1999
		"440524188001010014": true,
		"11010519491231002x": false, // small x: normalise first
		"110105194912310021": false,
		"110105194902300023": false, // 30 February
		"990105194912310023": false, // no such province
		"11010519491231002":  false,
		"":                   false,
	} {
		if got := idno.ValidResidentID(no); got != want {
			t.Errorf("ValidResidentID(%q) = %v, want %v", no, got, want)
		}
	}
}

func TestResidentIDRefusesBadPartsWithRightCheck(t *testing.T) {
	t.Parallel()
	// The check character is right in all of these, so only the part under test can refuse them.
	born := time.Date(1990, 2, 28, 0, 0, 0, 0, time.UTC)
	for name, no := range map[string]string{
		"province unknown": idno.MakeResidentID("990101", born, 1),
		"before 1800":      idno.MakeResidentID("110101", born.AddDate(-300, 0, 0), 1),
		"no such day":      withCheck("11010119900230001"),
		"no such month":    withCheck("11010119901301001"),
	} {
		if no == "" || idno.ValidResidentID(no) {
			t.Errorf("%s: %q accepted", name, no)
		}
	}
	if no := withCheck("11010119900228001"); !idno.ValidResidentID(no) {
		t.Errorf("%q refused: the cases above prove nothing", no)
	}
	if no := withCheck("83000019900228001"); !idno.ValidResidentID(no) {
		t.Errorf("residence permit %q refused", no)
	}
}

// withCheck finds the check character by ISO 7064 MOD 11-2's own definition, not by the code under test.
func withCheck(body string) string {
	p := 0
	for _, c := range body {
		p = (p + int(c-'0')) * 2 % 11
	}
	check := (12 - p) % 11
	return body + string("0123456789X"[check])
}

func TestValidResidentID15(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]bool{
		"110105491231002": true,
		"110105490230002": false,
		"990105491231002": false,
		"11010549123100X": false,
		"11010549123100":  false,
	} {
		if got := idno.ValidResidentID15(no); got != want {
			t.Errorf("ValidResidentID15(%q) = %v, want %v", no, got, want)
		}
	}
}

func TestResidentBirthDateAndGender(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]string{
		"11010519491231002X": "1949-12-31 female",
		"440524188001010014": "1880-01-01 male",
		"110105491231003":    "1949-12-31 male",
	} {
		born, ok := idno.ResidentBirthDate(no)
		gender, ok2 := idno.ResidentGender(no)
		if got := born.Format("2006-01-02") + " " + gender; !ok || !ok2 || got != want {
			t.Errorf("%s: got %s (%v, %v), want %s", no, got, ok, ok2, want)
		}
	}
	if _, ok := idno.ResidentBirthDate("110105194912310021"); ok {
		t.Error("birth date read from an invalid number")
	}
	if _, ok := idno.ResidentGender("110105194912310021"); ok {
		t.Error("gender read from an invalid number")
	}
}

func TestNormalizeID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" 11010519491231002x\n":  "11010519491231002X",
		"１１０１０５１９４９１２３１００２ｘ":     "11010519491231002X",
		"110105 1949-1231\u3000": "11010519491231",
		"９１ａ":                    "91A",
		"":                       "",
	} {
		if got := idno.NormalizeID(in); got != want {
			t.Errorf("NormalizeID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestValidMobile(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]bool{
		"13800138000": true, "19912345678": true, "12800138000": false, "23800138000": false,
		"1380013800": false, "138001380000": false, "1380013800a": false, "": false,
	} {
		if got := idno.ValidMobile(no); got != want {
			t.Errorf("ValidMobile(%q) = %v, want %v", no, got, want)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"11010519491231002X": "110105********002X",
		"110105491231002":    "11***********02",
		"H12345678":          "H1*****78",
		"ABCD":               "A**D",
		"AB":                 "**",
		"":                   "",
		"护照号码一二三四":           "护照****三四",
	} {
		if got := idno.MaskID(in); got != want {
			t.Errorf("MaskID(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"13800138000": "138****8000", "1234": "1**4", "": ""} {
		if got := idno.MaskMobile(in); got != want {
			t.Errorf("MaskMobile(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProvinces(t *testing.T) {
	t.Parallel()
	codes := idno.ProvinceCodes()
	if len(codes) != 34 || codes[0] != "11" || codes[33] != "82" {
		t.Fatalf("codes = %v", codes)
	}
	for _, c := range codes {
		if p := idno.Provinces[c]; p.ZH == "" || p.EN == "" {
			t.Errorf("%s lacks a name: %+v", c, p)
		}
	}
}

func TestMadeNumbersAreValidAndTellWhatTheyWereMadeOf(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := rapid.SampledFrom(idno.ProvinceCodes()).Draw(t, "region")
		n := rapid.IntRange(0, 99_999_999).Draw(t, "n")
		code := idno.MakeCreditCode(region, n)
		if !idno.ValidCreditCode(code) || code[2:4] != region {
			t.Fatalf("credit code %s", code)
		}
		if n > 0 && idno.MakeCreditCode(region, n-1) == code {
			t.Fatalf("%d and %d give the same code %s", n-1, n, code)
		}

		born := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 45000).Draw(t, "days"))
		seq := rapid.IntRange(0, 999).Draw(t, "seq")
		no := idno.MakeResidentID(region, born, seq)
		if !idno.ValidResidentID(no) {
			t.Fatalf("resident number %s", no)
		}
		if got, ok := idno.ResidentBirthDate(no); !ok || !got.Equal(born) {
			t.Fatalf("%s: born %v, want %v", no, got, born)
		}
		want := []string{"female", "male"}[seq%2]
		if got, _ := idno.ResidentGender(no); got != want {
			t.Fatalf("%s: %s, want %s", no, got, want)
		}
	})
}

func TestOneWrongCharacterIsAlwaysSeen(t *testing.T) {
	t.Parallel()
	const set = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	rapid.Check(t, func(t *rapid.T) {
		code := []byte(idno.MakeCreditCode("11", rapid.IntRange(0, 99_999_999).Draw(t, "n")))
		at := rapid.IntRange(0, 17).Draw(t, "at")
		other := set[rapid.IntRange(0, len(set)-1).Draw(t, "other")]
		if other == code[at] {
			t.Skip("same character")
		}
		code[at] = other
		if idno.ValidCreditCode(string(code)) {
			t.Fatalf("%s accepted", code)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"9144030071526726XG", "11010519491231002X", "110105491231002", "１３８", "\x00", "企业", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := idno.NormalizeID(s)
		if idno.NormalizeID(n) != n {
			t.Fatalf("normalising %q twice changes it", s)
		}
		if idno.ValidResidentID(n) {
			if _, ok := idno.ResidentBirthDate(n); !ok {
				t.Fatalf("%q is valid but has no birth date", n)
			}
		}
		if idno.ValidCreditCode(n) && strings.ContainsAny(n, "IOSVZ") {
			t.Fatalf("%q has a letter outside the set", n)
		}
		for _, masked := range []string{idno.MaskID(s), idno.MaskMobile(s)} {
			if utf8.ValidString(s) && utf8.RuneCountInString(masked) != utf8.RuneCountInString(s) {
				t.Fatalf("masking %q changed its length: %q", s, masked)
			}
		}
		_ = idno.ValidMobile(s)
		idno.ValidResidentID15(s)
	})
}
