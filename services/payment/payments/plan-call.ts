/** Decides what to ask of Stripe next: the difference between what booking wants and what Stripe has done. */
import assert from "node:assert";
import { authorise, endVoided, tellCaptured } from "./absorb-intent.ts";
import { begun, isGivenUp } from "./collection.ts";
import { concludeBalance, isTooLateFor, wishOfBalance } from "./collect-balance.ts";
import {
  type Call,
  type Charges,
  type Circumstances,
  type Draft,
  instantAt,
  isCapturedBalance,
  isUntold,
  keptMinor,
  keptOfAll,
  lostOfAll,
  type Patience,
  type Payment,
  type Purpose,
  type Step,
} from "./payment.ts";

/** How keys name what a call is for; the others only read. */
const keyNames: Readonly<Record<Purpose, string>> = {
  create: "authorise",
  confirm: "confirm",
  amend: "amend",
  find: "find",
  look: "look",
  capture: "capture",
  cancel: "void",
  refund: "refund",
  watch: "watch",
};

/** How keys name a charge; the first is named by its booking alone. */
function chargeName({ bookingId, charge }: Payment): string {
  return charge === 1 ? bookingId : `${bookingId}/${charge}`;
}

type Wish = Pick<Call, "purpose" | "amountMinor">;

function wish(purpose: Purpose, amountMinor: number | null = null): Wish {
  return { purpose, amountMinor };
}

/** Has it been told that nothing is taken? Then whatever turns up at Stripe afterwards is given back. */
export function hasEnded({ status }: Payment): boolean {
  return status === "declined" || status === "voided";
}

/** What to do about an authorisation that nobody has taken yet. */
function wishWhenAuthorised(payment: Payment): Wish | null {
  if (hasEnded(payment)) return wish("cancel");
  if (payment.targetMinor === null) return null;
  const amountMinor = Math.min(payment.targetMinor, payment.authorisedMinor);
  return amountMinor === 0 ? wish("cancel") : wish("capture", amountMinor);
}

/** What is kept beyond what booking wants to be kept, in minor units; of a payment that is captured. */
export function surplusMinor(payment: Payment): number {
  const target = hasEnded(payment) ? 0 : payment.targetMinor;
  return target === null ? 0 : Math.max(0, keptMinor(payment) - target);
}

/** What is disputed waits for the bank: given back as well, the guest would have it twice. */
function wishWhenCaptured(payment: Payment): Wish | null {
  const surplus = surplusMinor(payment);
  return surplus > 0 && !payment.disputed ? wish("refund", surplus) : null;
}

/** Is it to be paid by something that is kept with a customer who is not made yet? It waits until one is, or never will be. */
export function awaitsCustomer({ saveMethod, providerCustomer }: Payment): boolean {
  return saveMethod && providerCustomer === null;
}

/** Pure: what should be asked of Stripe, or null where all is as it should be or somebody else is to act first. */
function nextWish(payment: Payment, circumstances: Pick<Circumstances, "businessMs">): Wish | null {
  if (payment.amountMinor === 0) return null;
  const isStarted = payment.intentId !== null && payment.intentState !== "open";
  if (payment.collection !== null && !isStarted) return wishOfBalance(payment, circumstances);
  if (payment.intentId === null) {
    const isWanted = payment.asked === "authorise" || payment.asked === "capture";
    const isReady = isWanted && payment.status === "requested" && !awaitsCustomer(payment);
    return isReady ? wish("create") : null;
  }
  switch (payment.intentState) {
    case null:
      return wish("look");
    case "open":
      if (hasEnded(payment) || payment.asked === "settle") return wish("cancel");
      return payment.asked === "expire" ? wish("look") : null;
    case "authorised":
      return wishWhenAuthorised(payment);
    case "captured":
      return wishWhenCaptured(payment);
    case "cancelled":
      return null;
  }
}

/** Has the charge come to its end or its target, with nothing to be asked of Stripe and nobody to be waited for? */
export function isAtRest(payment: Payment): boolean {
  const { status, call, parkedReason } = payment;
  const isTaken = (status === "captured" || status === "refunded") && payment.targetMinor !== null;
  if (!(hasEnded(payment) || isTaken) || call !== null || parkedReason !== null) return false;
  // What waits for a bank's decision is still to be asked for; what has ended, or is taken, waits for no time to come.
  return nextWish({ ...payment, disputed: false }, { businessMs: Infinity }) === null;
}

/** Writes a new call down, to be made at once; whoever finds it unanswered after `claimMs` makes it again. */
export function planCall(draft: Draft, of: Wish & { refundId?: string }, circumstances: Circumstances): void {
  const { payment } = draft;
  assert(payment.call === null, "one call at a time");
  payment.calls += 1;
  payment.call = {
    purpose: of.purpose,
    key: `booking:${chargeName(payment)}:${keyNames[of.purpose]}:${payment.calls}`,
    amountMinor: of.amountMinor,
    refundId: of.refundId ?? null,
    failures: 0,
    plannedAtMs: circumstances.nowMs,
  };
  payment.nextAttemptAt = instantAt(circumstances.nowMs + circumstances.patience.claimMs);
  draft.begins = true;
}

/** Puts the planned call off. */
export function delayCall(draft: Draft, untilMs: number): void {
  draft.payment.nextAttemptAt = instantAt(untilMs);
  draft.begins = false;
}

/** Wait before the next look at an intent that is with the guest. */
export function lookAfterMs(looks: number, patience: Patience): number {
  return Math.min(patience.lookMaxMs, patience.lookBaseMs * 2 ** Math.min(looks, 16));
}

/** A booking that costs nothing is paid without Stripe. */
function payNothing(draft: Draft): void {
  const { payment } = draft;
  if (payment.status === "requested" && (payment.asked === "authorise" || payment.asked === "capture")) {
    authorise(draft, 0);
  }
  if (payment.status === "authorised" && payment.asked === "capture") tellCaptured(draft);
  if (payment.status === "authorised" && payment.asked === "settle") endVoided(draft);
}

/** The end of every decision: concludes what can be concluded, plans the next call, and says when to come back. */
export function proceed(draft: Draft, circumstances: Circumstances): Step {
  const { payment } = draft;
  if (payment.amountMinor === 0) payNothing(draft);
  if (isUntold(payment) && payment.targetMinor !== null) tellCaptured(draft);
  if (payment.call === null) {
    // Asked for by nobody yet, it is for what is still to be kept.
    if (payment.collection !== null && payment.intentId === null && payment.targetMinor)
      payment.amountMinor = payment.targetMinor;
    concludeBalance(draft, circumstances);
    const isOver = payment.asked === "expire" || payment.asked === "settle";
    const isNothing = payment.intentId === null || payment.intentState === "cancelled";
    if (isOver && isNothing && isUnanswered(payment)) endVoided(draft);
    payment.nextAttemptAt = null;
    const next = payment.parkedReason === null ? nextWish(payment, circumstances) : null;
    if (next !== null) planCall(draft, next, circumstances);
    else if (payment.parkedReason === null) rest(draft, circumstances);
  }
  return draft;
}

/** Wait before it is asked again what Stripe kept of a capture; null where that is known, or was asked often enough. */
function feeAfterMs({ intentState, fee, looks }: Payment, patience: Patience): number | null {
  if (intentState !== "captured" || fee !== null || looks >= patience.feeLooksMax) return null;
  return Math.min(patience.feeMaxMs, patience.feeBaseMs * 2 ** looks);
}

/** Has it come to no end yet? A balance that could not even be asked for leaves the guest with something to do. */
function isUnanswered({ status, collection }: Payment): boolean {
  return status === "requested" || (status === "action-required" && collection !== null);
}

/** Nothing is to be asked of Stripe now. */
function rest({ payment }: Draft, { nowMs, patience }: Circumstances): void {
  payment.failures = 0;
  if (payment.intentState === "cancelled" && payment.asked === "capture")
    payment.parkedReason = "authorisation-lost";
  if (payment.intentState === "open") {
    const afterMs = lookAfterMs(payment.looks, patience);
    // A guest has days to pay a balance, and Stripe tells of it.
    payment.nextAttemptAt = instantAt(
      nowMs + (payment.collection === null ? afterMs : patience.parkedRetryMs),
    );
  }
  const feeMs = feeAfterMs(payment, patience);
  if (feeMs !== null) payment.nextAttemptAt = instantAt(nowMs + feeMs);
}

/** A working copy of a payment, which may be one of the booking's charges already or a new one. */
export function draftOf(payment: Payment, charges: Charges): Draft {
  const others = charges.filter(({ charge }) => charge !== payment.charge);
  const keptElsewhereMinor = keptOfAll(others);
  const isBalanceElsewhere = others.some(isCapturedBalance);
  const goodwillElsewhereMinor = others.reduce((sum, other) => sum + other.goodwillMinor, 0);
  const lostElsewhereMinor = lostOfAll(others);
  const elsewhere = { keptElsewhereMinor, goodwillElsewhereMinor, lostElsewhereMinor, isBalanceElsewhere };
  return { payment: { ...payment }, ...elsewhere, announced: [], refunds: [], begins: false };
}

/** Could Stripe have forgotten the call's key, and so do again what it may have done already? */
function mayBeForgotten(call: Call, { nowMs, patience }: Circumstances): boolean {
  const isReading = call.purpose === "look" || call.purpose === "find" || call.purpose === "watch";
  return !isReading && nowMs - call.plannedAtMs > patience.keyKnownMs;
}

/**
 * Takes up a payment whose time has come: claims its call anew, or has a look at what the guest has done. What an old call
 * did is read first, and what is still missing then planned under a new key.
 */
export function takeUp(payment: Payment, circumstances: Circumstances): Step {
  // It says nothing to anybody, so the booking's other charges do not matter.
  const draft = draftOf(payment, []);
  draft.payment.nextAttemptAt = instantAt(circumstances.nowMs + circumstances.patience.claimMs);
  draft.begins = true;
  if (payment.call === null) {
    draft.payment.looks += 1;
    planCall(draft, wish("look"), circumstances);
  } else {
    const isTooLate = isTooLateFor(payment, payment.call, circumstances.businessMs);
    if (!isTooLate && !mayBeForgotten(payment.call, circumstances)) return draft;
    draft.payment.call = null;
    planCall(draft, wish(payment.intentId === null ? "find" : "look"), circumstances);
    // Made a moment ago it may still be under way at Stripe.
    if (isTooLate) delayCall(draft, circumstances.nowMs + circumstances.patience.lookBaseMs);
  }
  return draft;
}

/**
 * Takes up a balance whose time has come: makes the next attempt, for what is still to be kept and by what the booking was
 * paid with, or gives it up.
 */
export function takeUpBalance(payment: Payment, charges: Charges, circumstances: Circumstances): Step {
  const draft = draftOf(payment, charges);
  const { collection } = payment;
  assert(collection !== null && payment.call === null, "a balance is taken up between two calls");
  const isWanted = payment.asked === "capture" && payment.intentState !== "captured" && !hasEnded(payment);
  if (isWanted && !isGivenUp(collection, circumstances.businessMs)) {
    draft.payment.collection = begun(collection);
    draft.payment.reason = null;
    const first = charges.find(({ charge }) => charge === 1);
    draft.payment.paymentMethod = first?.usedMethod ?? null;
    draft.payment.providerCustomer = first?.providerCustomer ?? null;
  } else draft.payment.collection = { ...collection, tryAt: null };
  return proceed(draft, circumstances);
}

/** The customer it waited for is made; or, null, there is never to be one, and it is paid without anything being kept. */
export function withCustomer(
  payment: Payment,
  charges: Charges,
  customerId: string | null,
  circumstances: Circumstances,
): Step {
  const draft = draftOf(payment, charges);
  draft.payment.providerCustomer = customerId;
  draft.payment.saveMethod = customerId !== null;
  return proceed(draft, circumstances);
}

/** Has a look at once, unless a call is under way, whose answer tells as much. */
export function lookNow(draft: Draft, circumstances: Circumstances): void {
  if (draft.payment.call !== null || draft.payment.intentId === null) return;
  planCall(draft, wish("look"), circumstances);
}
