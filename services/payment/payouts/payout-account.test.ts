import { newId } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import { defaultPatience } from "../payments/payment.ts";
import {
  type AccountAnswer,
  type AccountFacts,
  applyAccountAnswer,
  askedAgain,
  lookedSoon,
  newPayoutAccount,
  type PayoutAccount,
  takeUpAccount,
  wasRefused,
} from "./payout-account.ts";

const hourMs = 3_600_000;
const at = (nowMs: number) => ({ nowMs, random: () => 0, patience: defaultPatience });
const vendorId = newId("vnd");
const facts: AccountFacts = {
  accountId: "acct_1",
  currency: "EUR",
  state: "pending",
  missing: ["external_account"],
  reason: null,
};
const lost: AccountAnswer = { outcome: "failed", reason: "timeout", kept: false };
const found = (more: Partial<AccountFacts> = {}): AccountAnswer => ({
  outcome: "done",
  account: { ...facts, ...more },
});
const answer = (account: PayoutAccount, given: AccountAnswer, nowMs = 0, key = account.call?.key ?? "") =>
  applyAccountAnswer(account, { key, answer: given }, at(nowMs));
const dueMs = ({ nextAttemptAt }: PayoutAccount) =>
  Temporal.Instant.from(nextAttemptAt ?? "").epochMilliseconds;

const fresh = () => newPayoutAccount(vendorId, "PT", at(0));

describe("making it", () => {
  test("is asked for under one key, as often as the answer is lost, ever more seldom", () => {
    let account = fresh();
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 5; nowMs = dueMs(account)) {
      account = answer(takeUpAccount(account, at(nowMs)), lost, nowMs);
      waits.push(dueMs(account) - nowMs);
    }
    expect(account.call?.key).toBe(`vendor:${vendorId}:account:1`);
    expect(waits).toEqual([100, 200, 400, 800, 1_600]);
  });

  test("is parked for a person after many failures, and still tried", () => {
    let account = fresh();
    for (let count = 0; count < defaultPatience.failuresMax; count += 1) account = answer(account, lost);
    expect(account).toMatchObject({ parkedReason: "stripe-timeout", state: "pending" });
    expect(dueMs(account)).toBe(defaultPatience.parkedRetryMs);
    expect(answer(account, found())).toMatchObject({ parkedReason: null, accountId: "acct_1", failures: 0 });
  });

  test("is looked up once its key may be forgotten, and asked for anew only where there is none", () => {
    const old = takeUpAccount(fresh(), at(21 * hourMs));
    expect(old.call).toMatchObject({ purpose: "find", key: `vendor:${vendorId}:find:2` });
    expect(answer(old, found(), 21 * hourMs)).toMatchObject({ accountId: "acct_1", call: null });
    const anew = answer(old, { outcome: "done", account: null }, 21 * hourMs);
    expect(anew.call).toMatchObject({ purpose: "create", key: `vendor:${vendorId}:account:3` });
  });

  test("is looked up where the provider keeps an error for the key", () => {
    let account = fresh();
    for (let count = 0; count < 3; count += 1)
      account = answer(account, { outcome: "failed", reason: "server-error", kept: true });
    expect(takeUpAccount(account, at(1_000)).call?.purpose).toBe("find");
  });

  test("is not asked for again while it cannot be told whether there is one", () => {
    const old = takeUpAccount(fresh(), at(21 * hourMs));
    const stuck = answer(old, { outcome: "refused", reason: "account-not-found" }, 21 * hourMs);
    expect(stuck).toMatchObject({ parkedReason: "account-not-found", call: { purpose: "find" } });
    expect(wasRefused(stuck)).toBe(false);
  });

  test("that was refused waits for whoever asks again, under a key of its own", () => {
    const refused = answer(fresh(), { outcome: "refused", reason: "country_unsupported" });
    expect(refused).toMatchObject({ nextAttemptAt: null, reason: "country_unsupported", state: "pending" });
    expect(wasRefused(refused)).toBe(true);
    expect(askedAgain(refused, "ES", at(0))).toMatchObject({
      country: "ES",
      reason: null,
      call: { purpose: "create", key: `vendor:${vendorId}:account:2` },
    });
  });
});

describe("an account that is made", () => {
  const made = () => answer(fresh(), found());

  test("is looked at ever more seldom until it is enabled, and each day from then on", () => {
    let account = made();
    const waits: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const nowMs = dueMs(account);
      account = answer(takeUpAccount(account, at(nowMs)), found(), nowMs);
      waits.push(dueMs(account) - nowMs);
    }
    expect(waits.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
    expect(waits.at(-1)).toBe(hourMs);
    const enabled = answer(takeUpAccount(account, at(0)), found({ state: "enabled", missing: [] }));
    expect(dueMs(enabled)).toBe(24 * hourMs);
  });

  test("counts a version for each change of its state, and none for what is known", () => {
    const look = (account: PayoutAccount, state: AccountFacts["state"]) =>
      answer(takeUpAccount(account, at(0)), found({ state }));
    const enabled = look(made(), "enabled");
    expect([made().version, enabled.version, look(enabled, "enabled").version]).toEqual([0, 1, 1]);
    expect(look(enabled, "restricted")).toMatchObject({ version: 2, state: "restricted" });
  });

  test("is looked at anew where it changes while a look is under way, whose answer is let go", () => {
    const looking = takeUpAccount(made(), at(0));
    const again = lookedSoon(looking, at(5));
    expect(dueMs(again)).toBe(5);
    const key = looking.call?.key ?? "";
    expect(answer(again, found({ state: "restricted" }), 5, key)).toBe(again);
    expect(answer(again, found({ state: "enabled" }), 5)).toMatchObject({ state: "enabled", call: null });
  });

  test("that the vendor has taken from us is restricted, and not made a second time", () => {
    const gone = answer(takeUpAccount(made(), at(0)), { outcome: "refused", reason: "account_invalid" });
    expect(gone).toMatchObject({ state: "restricted", reason: "account_invalid", accountId: "acct_1" });
    expect(gone.call).toBeNull();
  });
});
