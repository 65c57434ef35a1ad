const identity = /(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])/
const mobile = /(?<!\d)1[3-9]\d{9}(?!\d)/

/** True when a text that others will read seems to hold an identity or mobile number. */
export function holdsPersonalNumber(text: string): boolean {
  const packed = text.replace(/(?<=\d)[ -](?=\d)/g, '')
  return identity.test(packed) || mobile.test(packed)
}

const identityIn = /(?<![0-9A-Za-z])[1-9](?:[ -]?\d){16}[ -]?[0-9Xx](?![0-9A-Za-z])/g
const mobileIn = /(?<!\d)1[ -]?[3-9](?:[ -]?\d){9}(?!\d)/g

/** The text with identity and mobile numbers masked as lists mask them: the first 6 and last 4, or 3 and 4. */
export function maskPersonalNumbers(text: string): string {
  const mask = (head: number) => (found: string) => {
    if (!holdsPersonalNumber(found)) return found
    const packed = found.replace(/[ -]/g, '')
    return packed.slice(0, head) + '*'.repeat(packed.length - head - 4) + packed.slice(-4)
  }
  return text.replace(identityIn, mask(6)).replace(mobileIn, mask(3))
}
