/**
 * Paying on arrival: the guest pays the vendor in person. There is nobody outside to ask, so authorising and capturing
 * succeed at once, and what is so "at the provider" is what our own row says. Ids are made from the charge's, so a call
 * made again answers the same.
 */
import type { Answer, Done, IntentFacts } from "../payments/answer.ts";
import type { IntentState } from "../payments/payment.ts";
import type { Provider, ProviderCall, ProviderCharge } from "./provider.ts";

/** What there is of the charge after a call. */
interface Standing {
  readonly state: IntentState;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

const refused: Answer = { outcome: "refused", reason: "payment/refused", intent: null };

function idOf(prefix: string, charge: ProviderCharge): string {
  return `${prefix}_${charge.id.slice("pay_".length)}`;
}

function factsOf(charge: ProviderCharge, now: Standing): IntentFacts {
  return {
    intentId: idOf("arr", charge),
    state: now.state,
    clientSecret: null,
    amountMinor: charge.amountMinor,
    currency: charge.currency,
    capturableMinor: now.state === "authorised" ? charge.amountMinor : 0,
    receivedMinor: now.capturedMinor,
    refundedMinor: now.refundedMinor,
    ...(now.state === "captured" && { fee: { amountMinor: 0, currency: charge.currency } }),
    bookingId: charge.bookingId,
    paymentId: charge.id,
  };
}

function done(charge: ProviderCharge, now: Standing): Done {
  return { outcome: "done", intent: factsOf(charge, now) };
}

/** Pure: what the call comes to. */
function answerTo({ purpose, key, amountMinor, charge }: ProviderCall): Answer {
  const {
    amountMinor: dueMinor,
    captureAtOnce,
    intentState,
    authorisedMinor,
    capturedMinor,
    refundedMinor,
  } = charge;
  const amount = amountMinor ?? 0;
  const nothing = { capturedMinor: 0, refundedMinor: 0 };
  switch (purpose) {
    case "create":
      return captureAtOnce
        ? done(charge, { state: "captured", capturedMinor: dueMinor, refundedMinor: 0 })
        : done(charge, { state: "authorised", ...nothing });
    case "find":
    case "look":
      if (intentState === null) return { outcome: "done", intent: null };
      return done(charge, { state: intentState, capturedMinor, refundedMinor });
    case "capture":
      if (intentState !== "authorised" || amount > authorisedMinor) return refused;
      return done(charge, { state: "captured", capturedMinor: amount, refundedMinor: 0 });
    case "cancel":
      return intentState === "authorised" ? done(charge, { state: "cancelled", ...nothing }) : refused;
    case "refund": {
      if (intentState !== "captured" || amount > capturedMinor - refundedMinor) return refused;
      const refund = {
        refundId: `${idOf("arf", charge)}_${key.split(":").at(-1)}`,
        state: "succeeded",
      } as const;
      const now = { state: intentState, capturedMinor, refundedMinor: refundedMinor + amount };
      return { ...done(charge, now), refund };
    }
    case "confirm":
    case "amend":
      // Nothing that is paid on arrival has a balance.
      return refused;
    case "watch":
      // Only a refund that is pending is watched, and here none ever is.
      return refused;
  }
}

export const onArrival: Provider = {
  name: "on-arrival",
  make: (call) => Promise.resolve(answerTo(call)),
};
