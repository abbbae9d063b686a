/** Every refusal of auth. */
import { defineProblem } from "@holdfast/chassis/problem";

export const emailTaken = defineProblem(
  "auth/email-taken",
  409,
  "An account with this e-mail address exists.",
);
export const passwordTooWeak = defineProblem(
  "auth/password-too-weak",
  422,
  "The password is too easy to guess.",
);
export const linkInvalid = defineProblem(
  "auth/link-invalid",
  422,
  "The link does not work: it was used, is too old, or is not whole.",
);
export const credentialsWrong = defineProblem(
  "auth/credentials-wrong",
  401,
  "The e-mail address or the password is wrong.",
);
export const refreshTokenInvalid = defineProblem(
  "auth/refresh-token-invalid",
  401,
  "The refresh token is not valid or no longer valid; log in again.",
);
export const sessionNotFound = defineProblem("auth/session-not-found", 404, "There is no such session.");
export const clientInvalid = defineProblem("auth/client-invalid", 401, "The client's credentials are wrong.");
export const secondFactorRequired = defineProblem(
  "auth/second-factor-needed",
  401,
  "A code of the authenticator app, or a recovery code, is needed.",
);
export const codeWrong = defineProblem("auth/code-wrong", 401, "The code is wrong, or was used before.");
export const challengeInvalid = defineProblem(
  "auth/challenge-invalid",
  401,
  "The sign-in that waited for its second factor is over; sign in again.",
);
export const secondFactorIsOn = defineProblem(
  "auth/second-factor-is-on",
  409,
  "The account has a second factor; turn it off first.",
);
export const secondFactorIsOff = defineProblem(
  "auth/second-factor-is-off",
  409,
  "The account has no second factor.",
);
export const secondFactorNotBegun = defineProblem(
  "auth/second-factor-not-begun",
  409,
  "No authenticator app is being set up.",
);
export const signInAgain = defineProblem(
  "auth/sign-in-again",
  401,
  "The account has neither a password nor a second factor; sign in again to prove who you are.",
);
export const signInSpent = defineProblem(
  "auth/sign-in-spent",
  409,
  "This sign-in was answered, and its session was used or has ended since.",
);
export const accountInactive = defineProblem(
  "auth/account-inactive",
  403,
  "The account is suspended or closed.",
);
export const accountClosed = defineProblem("auth/account-closed", 409, "The account is closed for good.");
export const userNotFound = defineProblem("auth/user-not-found", 404, "There is no such account.");
export const lastAdministrator = defineProblem(
  "auth/last-administrator",
  409,
  "There would be no administrator left.",
);
export const bookingsToCome = defineProblem(
  "auth/bookings-to-come",
  409,
  "Bookings are still to come; cancel them first.",
);
export const ownsVendors = defineProblem(
  "auth/owns-vendors",
  409,
  "A vendor would have no owner left; name another one first.",
);
export const googleRefused = defineProblem(
  "auth/google-refused",
  403,
  "The sign-in with Google did not succeed.",
);
export const googleUnavailable = defineProblem(
  "auth/google-unavailable",
  503,
  "Sign-in with Google is not possible right now.",
);
export const tooManyAttempts = defineProblem(
  "auth/too-many-attempts",
  429,
  "Too many attempts failed; wait before the next one.",
);
export const rotationTooSoon = defineProblem(
  "auth/rotation-too-soon",
  409,
  "A new signing key is already published and waits to sign.",
);
export const apiKeyNotFound = defineProblem("auth/api-key-not-found", 404, "There is no such API key.");
export const scopeNotHeld = defineProblem(
  "auth/scope-not-held",
  422,
  "A key cannot be allowed what its owner is not.",
);
export const tooManyApiKeys = defineProblem(
  "auth/too-many-api-keys",
  409,
  "The account has as many API keys as it may.",
);
export const expiryPassed = defineProblem("auth/expiry-passed", 422, "The expiry lies in the past.");
