/** The second factor of an account: codes of an authenticator app (TOTP, RFC 6238), and recovery codes. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { secondFactorCode } from "./sessions.ts";

const recoveryCodes = z.object({
  recoveryCodes: z
    .array(z.string())
    .meta({ description: "Ten codes that each work once; shown now and never again" }),
});

export const beginSecondFactor = defineEndpoint({
  name: "beginSecondFactor",
  service: "auth",
  method: "post",
  path: "/v1/me/second-factor",
  summary: "Begin to set up an authenticator app; it counts once a code of it is confirmed",
  access: "profile:write:own",
  limit: "sensitive",
  stepUp: true,
  sealedAnswer: true,
  answers: {
    status: 201,
    description: "What the app needs",
    body: z.object({
      secret: z.string().meta({ description: "Base32; SHA-1, six digits, 30 seconds" }),
      uri: z.string().meta({ description: "`otpauth://totp/…`, for a QR code" }),
    }),
  },
  problems: ["auth/second-factor-is-on"],
});

export const confirmSecondFactor = defineEndpoint({
  name: "confirmSecondFactor",
  service: "auth",
  method: "post",
  path: "/v1/me/second-factor/confirmation",
  summary: "Turn the second factor on with a first code of the app",
  access: "profile:write:own",
  limit: "sensitive",
  body: z.strictObject({ code: secondFactorCode }),
  sealedAnswer: true,
  answers: { status: 200, description: "The recovery codes", body: recoveryCodes },
  problems: [
    "auth/code-wrong",
    "auth/second-factor-not-begun",
    "auth/second-factor-is-on",
    "auth/too-many-attempts",
  ],
});

export const removeSecondFactor = defineEndpoint({
  name: "removeSecondFactor",
  service: "auth",
  method: "delete",
  path: "/v1/me/second-factor",
  summary: "Turn the second factor off",
  access: "profile:write:own",
  limit: "sensitive",
  stepUp: true,
  answers: { status: 204, description: "Sign-in needs the password alone" },
  problems: ["auth/second-factor-is-off"],
});

export const renewRecoveryCodes = defineEndpoint({
  name: "renewRecoveryCodes",
  service: "auth",
  method: "post",
  path: "/v1/me/recovery-codes",
  summary: "New recovery codes; the old ones work no longer",
  access: "profile:write:own",
  limit: "sensitive",
  stepUp: true,
  sealedAnswer: true,
  answers: { status: 201, description: "The recovery codes", body: recoveryCodes },
  problems: ["auth/second-factor-is-off"],
});
