package idno

import "regexp"

var personalNumber = regexp.MustCompile(`(^|[^0-9])(1[3-9][0-9]{9}|[1-9][0-9]{14}|[1-9][0-9]{16}[0-9Xx])($|[^0-9])`)

// HasPersonalNumber reports whether a text seems to hold a resident identity or
// mobile number, which does not belong where others read (domain §11.4).
func HasPersonalNumber(text string) bool { return personalNumber.MatchString(text) }
