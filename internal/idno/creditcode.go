package idno

import (
	"fmt"
	"strings"
)

// creditChars are the 31 characters of GB 32100-2015; a character's place is its value. I, O, S, V and Z
// are left out because they are read as digits.
const creditChars = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidCreditCode reports whether code is a well-formed 统一社会信用代码: 18 characters of the standard's
// set, a region of six digits at 3–8, and the right check character at the end.
//
// Real codes that fail the check exist, so a failure may refuse what a person typed but must not lock out
// an enterprise whose code came from the national login. The organisation code's own check character
// (place 17) is not looked at, for the same reason.
func ValidCreditCode(code string) bool {
	if len(code) != 18 || !digits(code[2:8]) {
		return false
	}
	check, ok := creditCheck(code[:17])
	return ok && check == code[17]
}

// MakeCreditCode makes the n-th demonstration code of an enterprise (91…) in a region, given as 2, 4 or
// 6 digits of GB/T 2260. The same arguments give the same code; different n below 100 million give
// different codes. Both check characters are right.
func MakeCreditCode(region string, n int) string {
	org := fmt.Sprintf("%08d", abs(n)%100_000_000)
	body := "91" + padRegion(region) + org + string(orgCheck(org))
	check, _ := creditCheck(body)
	return body + string(check)
}

// creditCheck is the 18th character for the first 17: weights 3^i mod 31.
func creditCheck(body string) (byte, bool) {
	sum, weight := 0, 1
	for i := range len(body) {
		v := strings.IndexByte(creditChars, body[i])
		if v < 0 {
			return 0, false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return creditChars[(31-sum%31)%31], true
}

// orgCheck is the ninth character of an organisation code of eight digits (GB 11714-1997).
func orgCheck(org string) byte {
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(org[i]-'0') * w
	}
	return "0123456789X"[(11-sum%11)%11]
}

func abs(n int) int { return max(n, -n) }
