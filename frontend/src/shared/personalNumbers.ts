const identity = /(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])/
const mobile = /(?<!\d)1[3-9]\d{9}(?!\d)/

/** True when a text that others will read seems to hold an identity or mobile number. */
export function holdsPersonalNumber(text: string): boolean {
  const packed = text.replace(/(?<=\d)[ -](?=\d)/g, '')
  return identity.test(packed) || mobile.test(packed)
}
