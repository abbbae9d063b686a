/** What auth tells the others. Ids and roles only: addresses and names never leave auth. */
import { z } from "zod";
import { type Role, roles } from "../access.ts";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";

/** The roles there were when `user.registered.v1` was published; an account's later ones are told by `user.roles-changed.v1`. */
const firstRoles = roles.filter((role): role is Exclude<Role, "support"> => role !== "support");

/** Somebody registered. */
export const userRegistered = defineEvent("user.registered.v1", {
  emitter: "auth",
  description: "A person registered an account, whose e-mail address is verified.",
  data: z.object({ userId: id("usr"), roles: z.array(z.enum(firstRoles)) }),
});

/** Account statuses: may act; may not act until an administrator says so; is over. */
export const accountStatuses = ["active", "suspended", "closed"] as const;
export type AccountStatus = (typeof accountStatuses)[number];

/** Machine time, to be compared with a token's `iat`; the event's own time is business time. */
const tokensFrom = utcInstant
  .optional()
  .meta({ description: "Access tokens issued until then are refused, by the machine's time" });

/** An account was suspended, reinstated or closed. No token of a suspended or closed account works any longer. */
export const userStatusChanged = defineEvent("user.status-changed.v1", {
  emitter: "auth",
  description:
    "An account was suspended, reinstated or closed; tokens of one that is not active stop working.",
  data: z.object({
    userId: id("usr"),
    status: z.string().meta({ examples: [...accountStatuses] }),
    tokensFrom,
  }),
});

/** An account's roles are others than before; tokens issued before stop working. */
export const userRolesChanged = defineEvent("user.roles-changed.v1", {
  emitter: "auth",
  description: "An account's roles are others than before; tokens issued before stop working.",
  data: z.object({ userId: id("usr"), roles: z.array(z.string()), tokensFrom }),
});

/** Whatever is kept of the person must be erased; the books keep amounts and ids. */
export const userErased = defineEvent("user.erased.v1", {
  emitter: "auth",
  description: "A person's data is to be erased everywhere. Amounts, times and ids stay, for the books.",
  data: z.object({ userId: id("usr") }),
});

/** Why a mail is written to an account; `verify-email` to `account-exists` carry a link or an answer, the rest are notices. */
export const accountMails = [
  "verify-email",
  "account-exists",
  "reset-password",
  "confirm-new-email",
  "email-changed",
  "password-changed",
  "session-stolen",
  "new-device",
  "second-factor-on",
  "second-factor-off",
  "identity-linked",
  "api-key-created",
  "account-suspended",
  "account-reinstated",
  "account-closed",
] as const;
export type AccountMail = (typeof accountMails)[number];

/** A mail about an account is to be written. Who sends it asks auth for the address and the link, by the ticket. */
export const userMailRequested = defineEvent("user.mail-requested.v1", {
  emitter: "auth",
  description:
    "A mail about an account is to be written: a link to verify an address or reset a password, or a notice of what happened. Address and link are asked of auth by the ticket.",
  data: z.object({
    ticketId: id("tkt"),
    /** Whose account it is about, where there is one yet. */
    userId: id("usr").optional(),
    mail: z.string().meta({ examples: [...accountMails] }),
  }),
});

/** A family of refresh tokens ended: no token of it works any longer. */
export const sessionEnded = defineEvent("session.ended.v1", {
  emitter: "auth",
  description: "A session ended: by logging out, or because a used refresh token was presented again.",
  data: z.object({
    sessionId: id("ses"),
    userId: id("usr"),
    reason: z.enum(["logged-out", "token-reused"]),
    cause: z
      .string()
      .optional()
      .meta({
        description: "What ended it, where `reason` is `logged-out`",
        examples: ["logged-out", "ended-elsewhere", "password-changed", "account-suspended"],
      }),
  }),
});

/** An API key works no longer. */
export const apiKeyRevoked = defineEvent("user.api-key-revoked.v1", {
  emitter: "auth",
  description:
    "An API key was revoked, replaced or ended with its account: tokens made from it stop working.",
  data: z.object({ keyId: id("key"), userId: id("usr") }),
});
