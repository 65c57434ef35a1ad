export default {
  signingIn: 'Signing in…',
  signInFailed: 'Signing in did not work',
  whatHappened: 'What happened',
  whatToDo: 'What to do',
  tryAgain: 'Sign in again',
  toPortal: 'Back to the portal',
  requestId: 'Request number',
  signedOut: 'You are signed out',
  signedOutText: 'On a shared computer, please close the browser.',
  signInAgain: 'Sign in again',
  doneTitle: 'Signed in',
  doneText: 'Close this window and go on where you were.',
  closeWindow: 'Close this window',
  missingClaims: 'What is missing:',
  claim: {
    sub: 'Account identifier',
    preferred_username: 'User name',
    user_type: 'Kind of user',
    name: 'Name of the enterprise',
    unified_social_credit_code: 'Unified social credit code',
    legal_representative: 'Legal representative',
    legal_person_type: 'Kind of legal person',
    trust_level: 'Level of real-name verification',
  },
  failure: {
    state_mismatch: {
      what: 'The check values of this sign-in do not match. The sign-in page may have been open too long or twice, or cookies were cleared.',
      todo: 'Start again from the portal, with one sign-in window only, and allow this site’s cookies.',
    },
    login_cancelled: {
      what: 'You cancelled on the national platform, or did not give consent.',
      todo: 'To go on, sign in again and give consent.',
    },
    provider_unavailable: {
      what: 'The national platform cannot be reached at the moment.',
      todo: 'Please try again later. If it lasts, call the system help line.',
    },
    token_rejected: {
      what: 'What the national platform sent did not pass the checks.',
      todo: 'Sign in again. If it happens once more, give the request number to the system help line.',
    },
    missing_claim: {
      what: 'The national platform did not send the legal-person data that is needed (name, unified social credit code and so on).',
      todo: 'Complete the legal-person details in your account on the national platform, then come back.',
    },
    trust_level_too_low: {
      what: 'The identity level of your account is too low for this matter.',
      todo: 'Complete a higher level of legal-person verification on the national platform, then try again.',
    },
    not_legal_person: {
      what: 'You used a personal account. This system serves employers and accepts legal-person accounts only.',
      todo: 'Sign out of the personal account and choose “legal person” on the sign-in page.',
    },
    expired: {
      what: 'Signing in took too long and has lapsed.',
      todo: 'Please sign in again.',
    },
    unknown: {
      what: 'Something unexpected happened while signing in.',
      todo: 'Sign in again. If it happens once more, give the request number to the system help line.',
    },
  },
}
