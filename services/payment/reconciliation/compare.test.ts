import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import type { Id } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import type { IntentFacts } from "../payments/answer.ts";
import type { Call, Payment } from "../payments/payment.ts";
import { PaymentWorld, totalMinor } from "../payments/payment-world.fixture.ts";
import type { Transfer } from "../transfers/transfer.ts";
import { compareBooking, compareSettlement } from "./compare-bookings.ts";
import { compareCharge, compareLedger, compareStrayIntent } from "./compare-charges.ts";
import { compareCall, compareDispute, compareTransfer } from "./compare-others.ts";
import type { Finding } from "./finding.ts";

/** A charge that was captured, and nothing is under way for it. */
const world = new PaymentWorld().held().settle().booking(2, { asked: "capture" }).settle();
const captured: Payment = { ...world.known, fee: { amountMinor: 175, currency: "EUR" } };
const { id: paymentId, bookingId, intentId } = captured;
const authorised: Payment = {
  ...captured,
  intentState: "authorised",
  status: "authorised",
  capturedMinor: 0,
  fee: null,
};
const call: Call = {
  purpose: "look",
  key: "k",
  amountMinor: null,
  refundId: null,
  failures: 0,
  plannedAtMs: 0,
};

const theirs: IntentFacts = {
  intentId: intentId!,
  state: "captured",
  clientSecret: null,
  amountMinor: totalMinor,
  currency: "EUR",
  capturableMinor: 0,
  receivedMinor: totalMinor,
  refundedMinor: 0,
  fee: { amountMinor: 175, currency: "EUR" },
  bookingId,
  paymentId,
};

/** `kind`, with a mark where a repair can end it; null where nothing is judged. */
function told(findings: Finding[] | null): string[] | null {
  return findings && findings.map(({ kind, repairable }) => (repairable ? `${kind} *` : kind));
}

describe("a charge and its intent", () => {
  const missing: IntentFacts | null = null;
  test.each<[string, Partial<Payment>, Partial<IntentFacts> | typeof missing, string[] | null]>([
    ["say the same", {}, {}, []],
    ["with a call under way", { call }, { receivedMinor: 1 }, null],
    ["with no intent at Stripe", {}, missing, ["intent-missing"]],
    ["with none yet", { intentId: null }, missing, []],
    ["paid on arrival", { provider: "on-arrival" }, missing, []],
    ["in another currency", {}, { currency: "USD" }, ["intent-mismatch"]],
    ["of another payment", {}, { paymentId: "pay_x" }, ["intent-mismatch"]],
    ["of another booking", {}, { bookingId: "bkg_x" }, ["intent-mismatch"]],
    ["for another amount", {}, { amountMinor: 1 }, ["intent-mismatch"]],
    ["captured there alone", { ...authorised }, {}, ["capture-differs *"]],
    ["captured here alone", {}, { state: "authorised", receivedMinor: 0 }, ["capture-differs"]],
    ["captured, another amount", {}, { receivedMinor: 9_999 }, ["capture-differs"]],
    ["cancelled there", { ...authorised }, { state: "cancelled", receivedMinor: 0 }, ["state-differs *"]],
    [
      "open there, authorised here",
      { ...authorised },
      { state: "open", receivedMinor: 0 },
      ["state-differs"],
    ],
    ["given back there", {}, { refundedMinor: 1 }, ["refund-differs *"]],
    ["given back here", { refundedMinor: 1 }, {}, ["refund-differs *"]],
    ["with a fee not known here", { fee: null }, {}, ["fee-differs *"]],
    ["with a fee not known there", {}, { fee: undefined }, []],
    ["with another fee", { fee: { amountMinor: 1, currency: "EUR" } }, {}, ["fee-differs"]],
  ])("%s", (_, ours, of, expected) => {
    const facts = of === null ? null : { ...theirs, ...of };
    expect(told(compareCharge({ ...captured, ...ours }, facts))).toEqual(expected);
  });
});

describe("an intent that is no charge's", () => {
  const stray = { ...theirs, intentId: "pi_stray" };
  test.each<[string, Partial<IntentFacts>, Partial<Payment> | null, boolean | null, string[] | null]>([
    ["beside the charge's own goes back", {}, {}, true, ["intent-unknown *"]],
    ["of a booking that does not stand goes back", {}, null, false, ["intent-unknown *"]],
    ["of a booking that stands is a person's", {}, null, true, ["intent-unknown"]],
    ["of a booking nobody speaks of waits", {}, null, null, ["intent-unknown"]],
    ["authorised goes back", { state: "authorised", capturableMinor: 5 }, {}, true, ["intent-unknown *"]],
    ["open is ended", { state: "open", receivedMinor: 0 }, {}, true, ["intent-unknown *"]],
    ["given back is over", { refundedMinor: totalMinor }, {}, true, []],
    ["cancelled is over", { state: "cancelled" }, {}, true, []],
    ["may be the one being created", {}, { intentId: null, call }, true, null],
    ["of nothing of ours is listed", { bookingId: null, paymentId: null }, null, null, ["intent-foreign"]],
    [
      "that names no booking's id is listed",
      { bookingId: "bkg_of-somebody" },
      null,
      null,
      ["intent-foreign"],
    ],
    ["of nothing of ours, and empty", { bookingId: null, state: "open", receivedMinor: 0 }, null, null, []],
  ])("%s", (_, of, ours, stands, expected) => {
    const charges = ours === null ? [] : [{ ...captured, ...ours }];
    expect(told(compareStrayIntent({ ...stray, ...of }, charges, stands))).toEqual(expected);
  });
});

describe("a booking and what is kept of it", () => {
  const { customerId } = captured;
  const facts: BookingMoney["facts"] = {
    bookingId,
    customerId,
    resourceId: "res_1" as Id<"res">,
    vendorId: "vnd_1" as Id<"vnd">,
    resourceTitle: "Chair",
    vendorName: "Salon",
    zone: "Europe/Lisbon",
    quantity: 1,
    startsAt: "2030-01-01T10:00:00Z",
    endsAt: "2030-01-01T11:00:00Z",
    total: { amountMinor: totalMinor, currency: "EUR" },
  };
  const balance = {
    charge: 2,
    dueAt: facts.startsAt,
    givesUpAt: facts.startsAt,
    amount: { amountMinor: 4_000, currency: "EUR" },
  } as unknown as NonNullable<BookingMoney["facts"]["balance"]>;
  const stays: BookingMoney = { facts, status: "confirmed", step: "stay", keepMinor: totalMinor, version: 2 };
  test.each<[string, Partial<Payment>, Partial<BookingMoney> | null, string[] | null]>([
    ["agree", {}, {}, []],
    ["with a call under way", { call }, { keepMinor: 0 }, null],
    ["with a dispute open", { disputed: true }, { keepMinor: 0 }, null],
    ["not decided", {}, { status: "held", step: "pay", keepMinor: 0 }, null],
    ["being moved", {}, { step: "change", keepMinor: 1 }, null],
    ["unknown to booking", {}, null, ["money-without-booking"]],
    ["unknown, and nothing held", { refundedMinor: totalMinor }, null, []],
    ["expired", {}, { status: "expired", step: "give-back", keepMinor: 0 }, ["money-without-booking *"]],
    [
      "declined, authorised only",
      authorised,
      { status: "declined", step: "give-back" },
      ["money-without-booking *"],
    ],
    ["cancelled for nothing", {}, { status: "cancelled", keepMinor: 0 }, ["money-without-booking *"]],
    ["cancelled for a part", {}, { status: "cancelled", keepMinor: 4_000 }, ["kept-differs *"]],
    ["too little is kept", { refundedMinor: 1 }, {}, ["kept-differs"]],
    ["given back on top of it", { refundedMinor: 1, goodwillMinor: 1 }, {}, []],
    ["given back by a bank", { chargedBackMinor: totalMinor }, {}, []],
    ["confirmed, not captured", authorised, { step: "capture" }, ["capture-overdue *"]],
    ["a balance booking has not heard of", {}, { keepMinor: 6_000, facts: { ...facts, balance } }, []],
    ["in another currency", { currency: "USD" }, {}, ["kept-differs"]],
  ])("%s", (_, ours, of, expected) => {
    const booking = of === null ? null : { ...stays, ...of };
    expect(told(compareBooking([{ ...captured, ...ours }], booking))).toEqual(expected);
  });
});

test("the ledger is behind or ahead of a charge, and only the first can be posted", () => {
  const posted = { capturedMinor: totalMinor, refundedMinor: 0, feeMinor: 175 };
  const ledger = (of: Partial<typeof posted>) => told(compareLedger(captured, { ...posted, ...of }));
  expect(ledger({})).toEqual([]);
  expect(ledger({ capturedMinor: 0, feeMinor: 0 })).toEqual(["ledger-differs *"]);
  expect(ledger({ feeMinor: 0 })).toEqual(["ledger-differs *"]);
  expect(ledger({ refundedMinor: 1 })).toEqual(["ledger-differs"]);
  expect(compareLedger({ ...captured, call }, { ...posted, capturedMinor: 0 })).toBeNull();
});

test("a booking that is over was settled at what is kept of it", () => {
  const over: Payment = {
    ...captured,
    asked: "settle",
    vendorId: "vnd_1" as Id<"vnd">,
    totalMinor,
    taxMinor: 0,
  };
  const at = { capturedMinor: totalMinor, refundedMinor: 0, times: 1, due: false };
  expect(compareSettlement([over], at)).toEqual([]);
  expect(told(compareSettlement([over], { ...at, refundedMinor: 1 }))).toEqual(["settlement-differs *"]);
  expect(told(compareSettlement([over], { ...at, capturedMinor: 0, times: 0 }))).toEqual([
    "settlement-differs *",
  ]);
  expect(compareSettlement([over], { ...at, due: true, times: 0 })).toBeNull();
  expect(compareSettlement([over], null)).toEqual([]);
  expect(compareSettlement([captured], at)).toBeNull();
});

describe("transfers, disputes and calls", () => {
  const sent = {
    id: "trf_1",
    state: "sent",
    accountId: "acct_1",
    currency: "EUR",
    amountMinor: 500,
    reversedMinor: 0,
    reversingMinor: 0,
    providerId: "tr_1",
    call: null,
    reverses: null,
  } as unknown as Transfer;
  const listed = {
    providerId: "tr_1",
    transferId: "trf_1",
    accountId: "acct_1",
    currency: "EUR",
    amountMinor: 500,
    reversedMinor: 0,
  };

  test.each<[string, Partial<Transfer> | null, Partial<typeof listed> | null, string[] | null]>([
    ["the same", {}, {}, []],
    ["none of ours", null, {}, ["transfer-unknown"]],
    ["none of ours, taken back", null, { reversedMinor: 500 }, []],
    ["none at Stripe", {}, null, ["transfer-missing"]],
    ["not sent yet", { state: "planned", providerId: null }, null, []],
    ["being taken back", { reversingMinor: 1 }, { reversedMinor: 1 }, null],
    ["taken back there", {}, { reversedMinor: 1 }, ["transfer-differs"]],
    ["of another amount", {}, { amountMinor: 501 }, ["transfer-differs"]],
    ["to another account", {}, { accountId: "acct_2" }, ["transfer-differs"]],
  ])("a transfer, %s", (_, ours, theirsIs, expected) => {
    const known = ours === null ? null : { ...sent, ...ours };
    expect(told(compareTransfer(known, theirsIs === null ? null : { ...listed, ...theirsIs }))).toEqual(
      expected,
    );
  });

  test("a dispute not known, or standing otherwise, is read; one being read is not judged", () => {
    const dispute = { providerId: "du_1", status: "lost" };
    const known = { providerStatus: "lost", isBeingRead: false };
    expect(compareDispute(known, dispute)).toEqual([]);
    expect(told(compareDispute(null, dispute))).toEqual(["dispute-unknown *"]);
    expect(told(compareDispute({ ...known, providerStatus: "won" }, dispute))).toEqual(["dispute-unknown *"]);
    expect(compareDispute({ providerStatus: null, isBeingRead: true }, dispute)).toBeNull();
  });

  test("a call is unanswered once it is old", () => {
    const open = { subject: paymentId, bookingId, key: "k", plannedAtMs: 1_000, isParked: false };
    expect(compareCall(open, { nowMs: 1_999, overdueMs: 1_000 })).toEqual([]);
    expect(told(compareCall(open, { nowMs: 2_000, overdueMs: 1_000 }))).toEqual(["call-unanswered *"]);
  });
});
