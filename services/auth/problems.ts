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
export const clientInvalid = defineProblem("auth/client-invalid", 401, "The client's credentials are wrong.");
