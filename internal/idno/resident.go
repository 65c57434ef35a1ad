package idno

import (
	"fmt"
	"time"
)

// ValidResidentID reports whether no is a resident identity number of 18 characters: a known province, a
// day that exists, and the check character of ISO 7064 MOD 11-2 (X is a capital).
func ValidResidentID(no string) bool {
	if len(no) != 18 || !digits(no[:17]) || !knownRegion(no[:6]) {
		return false
	}
	if _, ok := day(no[6:14]); !ok {
		return false
	}
	return residentCheck(no[:17]) == no[17]
}

// ValidResidentID15 reports whether no is a number of the first generation: 15 digits, two of them the
// year of the twentieth century, no check character. Such numbers still stand in old records.
func ValidResidentID15(no string) bool {
	if len(no) != 15 || !digits(no) || !knownRegion(no[:6]) {
		return false
	}
	_, ok := day("19" + no[6:12])
	return ok
}

// ResidentBirthDate is the day of birth in a valid number of 18 or 15 characters, at midnight UTC;
// false for anything else.
func ResidentBirthDate(no string) (time.Time, bool) {
	switch {
	case ValidResidentID(no):
		return day(no[6:14])
	case ValidResidentID15(no):
		return day("19" + no[6:12])
	}
	return time.Time{}, false
}

// ResidentGender is "male" or "female" as a valid number of 18 or 15 characters says it; false for
// anything else. The last digit of the serial is odd for men.
func ResidentGender(no string) (string, bool) {
	var serial byte
	switch {
	case ValidResidentID(no):
		serial = no[16]
	case ValidResidentID15(no):
		serial = no[14]
	default:
		return "", false
	}
	if serial%2 == 1 {
		return "male", true
	}
	return "female", true
}

// MakeResidentID makes a demonstration number for someone born on a day in a region, given as 2, 4 or 6
// digits of GB/T 2260. seq, taken mod 1000, is the serial: odd for men, even for women. The same
// arguments give the same number.
func MakeResidentID(region string, birth time.Time, seq int) string {
	body := fmt.Sprintf("%s%s%03d", padRegion(region), birth.Format("20060102"), abs(seq)%1000)
	return body + string(residentCheck(body))
}

func residentCheck(body string) byte {
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

func day(yyyymmdd string) (time.Time, bool) {
	t, err := time.Parse("20060102", yyyymmdd)
	return t, err == nil && t.Year() >= 1800
}

// knownRegion also lets 830000 through, which GB/T 2260 lacks: the residence permit of Taiwan residents
// (台湾居民居住证) has the resident number's form and this prefix.
func knownRegion(region string) bool {
	_, ok := Provinces[region[:2]]
	return ok || region == "830000"
}

// IDKey is the normal form under which an identity number is hashed and searched
// for: as [NormalizeID], and a resident number of the old 15 digits stands for the
// 18 of the same person, so that nobody files twice by writing the other.
func IDKey(number string) string {
	n := NormalizeID(number)
	if !ValidResidentID15(n) {
		return n
	}
	born, _ := ResidentBirthDate(n)
	return MakeResidentID(n[:6], born, int(n[12]-'0')*100+int(n[13]-'0')*10+int(n[14]-'0'))
}
