/** Ids in paths, by the parameter's name; made anew where a call that is let in uses the object up. */
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { createBlock } from "@holdfast/contracts/api/blocks";
import { createResource } from "@holdfast/contracts/api/catalog";
import { createFeed } from "@holdfast/contracts/api/feeds";
import { addVendorMember } from "@holdfast/contracts/api/vendors";
import { newId } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { z } from "zod";
import { placeInLine } from "../guests.ts";
import { hoursAhead } from "../vendors.ts";
import type { Account } from "../world.ts";
import type { Attempt } from "./attempts.ts";

type Fill = (attempt: Attempt) => string | Promise<string>;

/** Calls that end the session they are made with. */
const endsItsSession: ReadonlySet<string> = new Set(["logOut", "logOutBrowser"]);

/** Calls that take away what hangs on a resource. */
const onSpare: ReadonlySet<string> = new Set([
  "deleteBlock",
  "changeFeed",
  "deleteFeed",
  "deleteCalendarLink",
]);

/** As far from others' as needs be. */
let hours = 1_000;

async function newDraft({ at: { owner, vendor } }: Attempt): Promise<string> {
  const body = { vendorId: vendor.vendorId, rules: deskRules };
  return (await owner.client.call(createResource, { body })).resourceId;
}

async function newBlock({ at: { owner, vendor } }: Attempt): Promise<string> {
  const startsAt = hoursAhead((hours += 1));
  const body = { startsAt, endsAt: hoursAhead(hours + 1), quantity: 1, reason: "Cleaning" };
  return (await owner.client.call(createBlock, { params: { resourceId: vendor.spareResourceId }, body }))
    .blockId;
}

async function newFeed({ at: { owner, vendor } }: Attempt): Promise<string> {
  const body = { url: "https://calendars.example/another.ics" };
  return (await owner.client.call(createFeed, { params: { resourceId: vendor.spareResourceId }, body }))
    .feedId;
}

async function newMember({ at: { owner, vendor } }: Attempt): Promise<string> {
  const body = { userId: newId("usr"), role: "staff" as const };
  await owner.client.call(addVendorMember, { params: { vendorId: vendor.vendorId }, body });
  return body.userId;
}

async function newSession(account: Account): Promise<string> {
  return (await account.client.logIn(account)).tokens.accessToken;
}

async function newKey({ client }: Account): Promise<string> {
  const body = { name: "A key", scopes: ["booking:read:own" as const] };
  return (await client.call(createApiKey, { body })).apiKey.keyId;
}

/** The session whose token that is. */
function sessionOf(token: string): string {
  const [, claims = ""] = token.split(".");
  return z.object({ sid: z.string() }).parse(JSON.parse(Buffer.from(claims, "base64url").toString())).sid;
}

export const params: Readonly<Record<string, Fill>> = {
  vendorId: ({ endpoint: { access }, at, draftVendorId }) =>
    access === "vendor:verify:any" ? draftVendorId : at.vendor.vendorId,
  resourceId: (attempt) => {
    const { name } = attempt.endpoint;
    if (name === "retireResource" && attempt.expected === "in") return newDraft(attempt);
    const { spareResourceId, resourceId } = attempt.at.vendor;
    return onSpare.has(name) ? spareResourceId : resourceId;
  },
  promotionId: ({ at }) => at.vendor.promotionId,
  blockId: (attempt) => (attempt.expected === "in" ? newBlock(attempt) : attempt.at.vendor.blockId),
  feedId: (attempt) =>
    attempt.expected === "in" && attempt.endpoint.name === "deleteFeed"
      ? newFeed(attempt)
      : attempt.at.vendor.feedId,
  bookingId: ({ at }) => at.bookingId,
  quoteId: ({ at }) => at.of.quoteId,
  seriesId: ({ at }) => at.of.seriesId,
  documentId: ({ at }) => at.of.documentId,
  // Taken away again, it is taken away still.
  paymentMethodId: ({ at }) => at.of.paymentMethodId,
  entryId: ({ expected, at }) =>
    expected === "in" ? placeInLine(at.guest.client, at.vendor) : at.of.entryId,
  userId: (attempt) =>
    attempt.endpoint.name === "removeVendorMember" &&
    (attempt.expected === "in" || attempt.expected === "hidden")
      ? newMember(attempt)
      : attempt.target.userId,
  sessionId: async ({ expected, caller, target }) =>
    sessionOf(
      expected === "in" && caller.account !== undefined
        ? await newSession(caller.account)
        : target.client.tokens.accessToken,
    ),
  keyId: ({ expected, caller, targetKeyId }) =>
    expected === "in" && caller.account !== undefined ? newKey(caller.account) : targetKeyId,
  deadLetterId: () => "1",
  runId: () => newId("rcn"),
  day: () => "2020-01-01",
  file: () => `${"a".repeat(43)}.ics`,
};

/** The caller's token; one of a session, or an account, of its own where the call ends it. */
export async function tokenFor({ endpoint: { name }, caller, world }: Attempt): Promise<string | null> {
  const { account, token } = caller;
  if (account === undefined) return token;
  if (endsItsSession.has(name)) return newSession(account);
  if (name !== "closeAccount") return token;
  const roles = caller.roles.filter((role) => role !== "service");
  return (await world.newAccount(roles)).client.tokens.accessToken;
}
