/** Accounts: what a person does with their own. Nothing here tells a stranger whether an account exists. */
import { z } from "zod";
import { roles } from "../access.ts";
import { defineEndpoint } from "../define-endpoint.ts";
import { accountStatuses } from "../events/auth.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";

export const email = z
  .email()
  .max(254)
  .toLowerCase()
  .meta({ description: "E-mail address", examples: ["ana@example.com"] });
export const newPassword = z.string().min(12).max(256).meta({
  description: "At least 12 characters, and not easy to guess",
  format: "password",
});
export const personName = z.string().trim().min(1).max(200);

/** What a link that was sent by mail carries. */
export const mailToken = z.string().max(200).meta({ description: "From the link in the mail; works once" });

/** A user's own view of their account. */
export const userView = z
  .object({
    userId: id("usr"),
    email: z.string(),
    name: z.string(),
    roles: z.array(z.enum(roles)),
    status: z.enum(accountStatuses),
    /** Sign-in needs a code beside the password. */
    secondFactor: z.boolean(),
    /** Outside identities that sign in to it. */
    identities: z.array(z.enum(["google"])),
    createdAt: utcInstant,
  })
  .meta({ id: "User" });
export type UserView = z.infer<typeof userView>;

/** Said to everybody who asks for a mail, whether or not one is sent. */
export const mailTaken = z
  .object({ message: z.string() })
  .meta({ id: "MailTaken", description: "The same words whether or not there is such an account" });

export const registerUser = defineEndpoint({
  name: "registerUser",
  service: "auth",
  method: "post",
  path: "/v1/users",
  summary: "Register: the account is made when the link sent to the address is followed",
  description:
    "Answers the same, and as fast, whether or not an account has the address; whoever owns it is told by mail.",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({
    email,
    password: newPassword,
    name: personName,
    role: z.enum(["customer", "vendor"]).default("customer"),
  }),
  answers: { status: 202, description: "A mail is on its way", body: mailTaken },
  problems: ["auth/password-too-weak"],
});

export const verifyEmail = defineEndpoint({
  name: "verifyEmail",
  service: "auth",
  method: "post",
  path: "/v1/users/verifications",
  summary: "Follow the link of a registration: makes the account",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ token: mailToken }),
  answers: { status: 201, description: "The account", body: userView },
  problems: ["auth/link-invalid"],
});

export const getMe = defineEndpoint({
  name: "getMe",
  service: "auth",
  method: "get",
  path: "/v1/me",
  summary: "The caller's own account",
  access: "profile:read:own",
  answers: { status: 200, description: "The account", body: userView },
});

export const changeProfile = defineEndpoint({
  name: "changeProfile",
  service: "auth",
  method: "patch",
  path: "/v1/me",
  summary: "Change one's name",
  access: "profile:write:own",
  body: z.strictObject({ name: personName }),
  answers: { status: 200, description: "The account", body: userView },
});

export const changePassword = defineEndpoint({
  name: "changePassword",
  service: "auth",
  method: "put",
  path: "/v1/me/password",
  summary: "Set another password; every other session ends",
  access: "profile:write:own",
  limit: "sensitive",
  stepUp: true,
  body: z.strictObject({ newPassword }),
  sealedAnswer: true,
  answers: { status: 204, description: "It holds from now on" },
  problems: ["auth/password-too-weak"],
});

export const requestPasswordReset = defineEndpoint({
  name: "requestPasswordReset",
  service: "auth",
  method: "post",
  path: "/v1/password-resets",
  summary: "Ask for a link to set another password",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ email }),
  answers: { status: 202, description: "If there is such an account, a mail is on its way", body: mailTaken },
});

export const resetPassword = defineEndpoint({
  name: "resetPassword",
  service: "auth",
  method: "post",
  path: "/v1/password-resets/confirmations",
  summary: "Set another password by the link; every session ends",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ token: mailToken, newPassword }),
  answers: { status: 204, description: "It holds from now on" },
  problems: ["auth/link-invalid", "auth/password-too-weak"],
});

export const requestEmailChange = defineEndpoint({
  name: "requestEmailChange",
  service: "auth",
  method: "post",
  path: "/v1/me/email-changes",
  summary: "Ask for another e-mail address: it changes when the link sent to the new one is followed",
  access: "profile:write:own",
  limit: "sensitive",
  stepUp: true,
  body: z.strictObject({ newEmail: email }),
  answers: { status: 202, description: "A mail is on its way to the new address", body: mailTaken },
});

export const confirmEmailChange = defineEndpoint({
  name: "confirmEmailChange",
  service: "auth",
  method: "post",
  path: "/v1/email-changes/confirmations",
  summary: "Follow the link sent to the new address; the old one is told",
  access: "public",
  limit: "sensitive",
  body: z.strictObject({ token: mailToken }),
  answers: { status: 204, description: "The address is changed" },
  problems: ["auth/link-invalid"],
});

/** How to reach people; only services may ask, and nothing of it is put into an event. */
export const getContacts = defineEndpoint({
  name: "getContacts",
  service: "auth",
  method: "post",
  path: "/internal/contacts",
  summary: "Addresses of users, for the service that writes to them",
  access: "service",
  body: z.strictObject({ userIds: z.array(id("usr")).min(1).max(500) }),
  idempotencyKey: { none: "A question: addresses are told as they are, and kept nowhere else." },
  answers: {
    status: 200,
    description: "The contacts that exist",
    body: z.object({
      contacts: z.array(z.object({ userId: id("usr"), email: z.string(), name: z.string() })),
    }),
  },
});

/** What a mail about an account says and where it goes: asked for in the moment it is sent. */
export const openMailTickets = defineEndpoint({
  name: "openMailTickets",
  service: "auth",
  method: "post",
  path: "/internal/mail-tickets",
  summary: "Address, name and link of mails about accounts, for the service that writes them",
  access: "service",
  body: z.strictObject({ ticketIds: z.array(id("tkt")).min(1).max(500) }),
  idempotencyKey: { none: "A question: addresses and links are told as they are, and kept nowhere else." },
  answers: {
    status: 200,
    description: "Those that can still be sent; who was erased, and what has run out, is left out",
    body: z.object({
      tickets: z.array(
        z.object({
          ticketId: id("tkt"),
          mail: z.string(),
          email: z.string(),
          name: z.string(),
          /** Null in a notice. */
          token: z.string().nullable(),
          expiresAt: utcInstant.nullable(),
          /** What a notice tells: a device, a place, a key's name. */
          facts: z.record(z.string(), z.string()),
        }),
      ),
    }),
  },
});
