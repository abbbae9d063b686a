/** Nothing tells a stranger whether an account exists: neither the answer nor the time it takes. */
import { registerUser, requestPasswordReset } from "@holdfast/contracts/api/accounts";
import { logIn } from "@holdfast/contracts/api/sessions";
import { randomUUID } from "node:crypto";
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Answered, send } from "./requests.ts";
import { differenceOf } from "./session/timing.ts";
import { startAgain } from "./started-again.ts";

/**
 * Without the hash it takes two thirds of the time at most; two cores that others use as well blur a seventh. Below a
 * millisecond is what a network between the two adds and takes away by itself.
 */
const likeness = { share: 0.15, slackMs: 1, pairsAtOnce: 12, mostTimes: 4 };
/** Failures are counted by account, and no account may run out of them while it is timed. */
const triesOfAccount = 5;
const accounts = Math.ceil((likeness.pairsAtOnce * likeness.mostTimes) / triesOfAccount);

const place = inject("securityPlace");
/** Hashes as in production does: a quick one that is left out would not show. */
let auth: Awaited<ReturnType<typeof startAgain>>;
let known: readonly string[];

beforeAll(async () => {
  auth = await startAgain("auth", place, { PASSWORD_HASHING: "owasp" });
  const client = await new ApiClient(auth.url).logIn(place.admin);
  const made = await fewAtATime(Array.from({ length: accounts }), () => client.register("customer"));
  known = made.map(({ user }) => user.email);
});
afterAll(() => auth?.[Symbol.asyncDispose]());

/** Straight to auth, from a network of its own each time: attempts of one network are bounded. */
function ask(path: string, body: unknown): Promise<Answered> {
  const octet = () => Math.floor(Math.random() * 254) + 1;
  return send({
    method: "post",
    url: `${auth.url}${path}`,
    headers: { "x-forwarded-for": `10.${octet()}.${octet()}.1` },
    body,
  });
}

const emailOf = (round: number) => known[round % known.length] ?? "";
const nobody = () => `customer-${randomUUID()}@example.com`;
const password = `long-and-unlikely-${randomUUID()}`;

/** What the two are answered, without what differs between any two answers. */
function wordsOf({ status, text, headers }: Answered): unknown {
  const body = text.replaceAll(/"(traceId|instance)":"[^"]*"/g, "");
  const names = [...headers.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return { status, body, names };
}

const login = (email: string) => ask(logIn.path, { email, password });
const register = (email: string) => ask(registerUser.path, { email, password, name: "Ana" });
const reset = (email: string) => ask(requestPasswordReset.path, { email });

test.each([
  ["signing in", login, 401],
  ["registering", register, 202],
  ["asking for another password", reset, 202],
] as const)("%s is answered in the same words, account or not", async (_, call, status) => {
  const [one, other] = await Promise.all([call(emailOf(0)), call(nobody())]);
  expect(wordsOf(one)).toEqual(wordsOf(other));
  expect(one.status).toBe(status);
});

test.each([
  ["signing in with a wrong password", login],
  ["registering", register],
  ["asking for another password", reset],
] as const)("%s takes as long whether there is such an account or not", async (_, call) => {
  const difference = await differenceOf(
    likeness,
    (round) => call(emailOf(round)),
    () => call(nobody()),
  );
  expect(difference).toBeNull();
});
