/** Accounts of others: what support may see, and what administrators may change. */
import { z } from "zod";
import { roles } from "../access.ts";
import { defineEndpoint } from "../define-endpoint.ts";
import { accountStatuses } from "../events/auth.ts";
import { id } from "../ids.ts";
import { email, mailTaken, newPassword, personName, userView } from "./accounts.ts";
import { page, pageQuery } from "./paging.ts";
import { sessionView } from "./sessions.ts";

const userParams = z.object({ userId: id("usr") });

/** Roles an administrator gives; `service` is no person's. */
const givenRoles = z
  .array(z.enum(roles).exclude(["service"]))
  .min(1)
  .max(4)
  .refine((given) => new Set(given).size === given.length, "must not repeat a role");

export const listUsers = defineEndpoint({
  name: "listUsers",
  service: "auth",
  method: "get",
  path: "/v1/users",
  summary: "Accounts, newest first; by address, role or status",
  access: "user:read:any",
  query: pageQuery.extend({
    email: email.optional(),
    role: z.enum(roles).optional(),
    status: z.enum(accountStatuses).optional(),
  }),
  answers: { status: 200, description: "A page of accounts", body: page(userView) },
});

export const getUser = defineEndpoint({
  name: "getUser",
  service: "auth",
  method: "get",
  path: "/v1/users/{userId}",
  summary: "An account",
  access: "user:read:any",
  params: userParams,
  answers: { status: 200, description: "The account", body: userView },
  problems: ["auth/user-not-found"],
});

export const createUser = defineEndpoint({
  name: "createUser",
  service: "auth",
  method: "post",
  path: "/v1/admin/users",
  summary: "Make an account whose address the administrator vouches for",
  access: "user:manage:any",
  body: z.strictObject({ email, name: personName, roles: givenRoles, password: newPassword }),
  sealedAnswer: true,
  answers: { status: 201, description: "The account", body: userView },
  problems: ["auth/email-taken", "auth/password-too-weak"],
});

export const setUserRoles = defineEndpoint({
  name: "setUserRoles",
  service: "auth",
  method: "put",
  path: "/v1/users/{userId}/roles",
  summary: "Give an account other roles; its tokens stop working, its sessions get new ones",
  access: "user:manage:any",
  stepUp: true,
  params: userParams,
  body: z.strictObject({ roles: givenRoles }),
  sealedAnswer: true,
  answers: { status: 200, description: "The account", body: userView },
  problems: ["auth/user-not-found", "auth/last-administrator", "auth/account-closed"],
});

export const setUserStatus = defineEndpoint({
  name: "setUserStatus",
  service: "auth",
  method: "put",
  path: "/v1/users/{userId}/status",
  summary: "Suspend or reinstate an account; a suspended one is let in nowhere within five seconds",
  access: "user:manage:any",
  stepUp: true,
  params: userParams,
  body: z.strictObject({
    status: z.enum(["active", "suspended"]),
    reason: z.string().trim().min(1).max(500),
  }),
  sealedAnswer: true,
  answers: { status: 200, description: "The account", body: userView },
  problems: ["auth/user-not-found", "auth/last-administrator", "auth/account-closed"],
});

export const listUserSessions = defineEndpoint({
  name: "listUserSessions",
  service: "auth",
  method: "get",
  path: "/v1/users/{userId}/sessions",
  summary: "Where an account is signed in",
  access: "user:read:any",
  params: userParams,
  answers: {
    status: 200,
    description: "The sessions that live, a hundred at most",
    body: z.object({ items: z.array(sessionView) }),
  },
  problems: ["auth/user-not-found"],
});

export const endUserSessions = defineEndpoint({
  name: "endUserSessions",
  service: "auth",
  method: "delete",
  path: "/v1/users/{userId}/sessions",
  summary: "Sign an account out everywhere",
  access: "session:end:any",
  params: userParams,
  answers: { status: 204, description: "They have ended" },
  problems: ["auth/user-not-found"],
});

export const closeAccount = defineEndpoint({
  name: "closeAccount",
  service: "auth",
  method: "post",
  path: "/v1/me/erasure",
  summary: "Close one's account and erase one's data everywhere; it cannot be taken back",
  description:
    "Amounts, times and ids of bookings and payments stay for the books, under an id that names nobody. Bookings still to come must be cancelled first.",
  access: "profile:write:own",
  stepUp: true,
  body: z.strictObject({ confirm: z.literal("erase my data") }),
  sealedAnswer: true,
  answers: {
    status: 202,
    description: "The account is closed; its data is erased within minutes",
    body: mailTaken,
  },
  problems: ["auth/bookings-to-come", "auth/last-administrator", "auth/owns-vendors"],
});
