// Package idno knows the numbers that name enterprises and persons in China: the unified social credit
// code (统一社会信用代码, GB 32100-2015), the resident identity number (居民身份证号码, GB 11643-1999) and
// the mobile number. It checks them, reads what they carry, masks them for display and, for demonstration
// data alone, makes them up.
//
// The checks want the normal form: run what a person typed through NormalizeID first.
package idno

import (
	"strings"
	"unicode/utf8"
)

// NormalizeID brings a typed or pasted number to its normal form: full-width characters become ASCII,
// blanks and hyphens go, letters become capitals (身份证 numbers are often typed with a small x).
// It never judges: whatever is left is for the Valid functions.
func NormalizeID(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // the full-width forms run parallel to ASCII
			r -= '！' - '!'
		case r == '\u3000', r == '\u00a0', r == '\u200b', r == '\ufeff':
			return -1
		}
		switch {
		case r == ' ', r == '-', r == '\t', r == '\r', r == '\n':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// ValidMobile reports whether no is a mainland mobile number: 11 digits, the first 1, the second 3 to 9.
func ValidMobile(no string) bool {
	return len(no) == 11 && digits(no) && no[0] == '1' && no[1] >= '3'
}

// MaskID hides the middle of an identity document's number. Eighteen characters keep the first 6 and the
// last 4, as government lists show them; anything else keeps a quarter at each end and at most 2.
func MaskID(s string) string {
	if n := utf8.RuneCountInString(s); n != 18 {
		return mask(s, min(2, n/4), min(2, n/4))
	}
	return mask(s, 6, 4)
}

// MaskMobile hides the middle of a telephone number: 11 characters keep the first 3 and the last 4,
// anything else keeps a quarter at each end and at most 2.
func MaskMobile(s string) string {
	if n := utf8.RuneCountInString(s); n != 11 {
		return mask(s, min(2, n/4), min(2, n/4))
	}
	return mask(s, 3, 4)
}

func mask(s string, head, tail int) string {
	rs := []rune(s)
	for i := head; i < len(rs)-tail; i++ {
		rs[i] = '*'
	}
	return string(rs)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// padRegion makes six digits of a GB/T 2260 code given as province, city or county.
func padRegion(region string) string {
	if len(region) > 6 || !digits(region) {
		panic("idno: a region code is at most six digits: " + region)
	}
	return region + "000000"[len(region):]
}
