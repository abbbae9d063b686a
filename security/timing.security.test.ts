/** Nothing tells a stranger whether an account exists: neither the answer nor the time it takes. */
import { registerUser, requestPasswordReset } from "@holdfast/contracts/api/accounts";
import { logIn } from "@holdfast/contracts/api/sessions";
import { randomUUID } from "node:crypto";
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { beforeAll, expect, inject, test } from "vitest";
import { type Answered, send } from "./requests.ts";
import { isAlike, timePairs, type Timing } from "./session/timing.ts";

/** Skipping the hash would be ten times as fast; two cores that others use as well blur a seventh. */
const share = 0.15;
/** Below what a network between the two adds and takes away by itself. */
const slackMs = 1;
/** Failures are counted by account, and no account may run out of them while it is timed. */
const triesOfAccount = 5;
const accounts = 6;

const { gatewayUrl, serviceUrls, admin } = inject("securityPlace");
let known: readonly string[];

beforeAll(async () => {
  const client = await new ApiClient(gatewayUrl).logIn(admin);
  const made = await fewAtATime(Array.from({ length: accounts }), () => client.register("customer"));
  known = made.map(({ user }) => user.email);
});

/** Straight to auth, from a network of its own each time: attempts of one network are bounded. */
function ask(path: string, body: unknown): Promise<Answered> {
  const octet = () => Math.floor(Math.random() * 254) + 1;
  return send({
    method: "post",
    url: `${serviceUrls.auth}${path}`,
    headers: { "x-forwarded-for": `10.${octet()}.${octet()}.1` },
    body,
  });
}

const emailOf = (round: number) => known[round % known.length] ?? "";
const nobody = () => `customer-${randomUUID()}@example.com`;
const password = `long-and-unlikely-${randomUUID()}`;

/** Measured once more before it counts as different: a machine may do something else for a second. */
async function expectAlike(measure: () => Promise<Timing>): Promise<void> {
  const once = await measure();
  const timing = isAlike(once, share, slackMs) ? once : await measure();
  expect(isAlike(timing, share, slackMs), JSON.stringify({ once, timing })).toBe(true);
}

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

test("signing in with a wrong password takes as long whether there is such an account or not", async () => {
  let round = 0;
  await expectAlike(() =>
    timePairs(
      (accounts * triesOfAccount) / 2,
      () => login(emailOf((round += 1))),
      () => login(nobody()),
    ),
  );
});

test("registering takes as long whether the address is taken or not", async () => {
  await expectAlike(() =>
    timePairs(
      15,
      (round) => register(emailOf(round)),
      () => register(nobody()),
    ),
  );
});

test("asking for another password takes as long whether there is such an account or not", async () => {
  await expectAlike(() =>
    timePairs(
      100,
      (round) => reset(emailOf(round)),
      () => reset(nobody()),
    ),
  );
});
