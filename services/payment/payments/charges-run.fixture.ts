/** Commands that a booking with several charges is driven by, and what must hold whatever they were. */
import fc from "fast-check";
import { expect } from "vitest";
import type { BookingLife } from "./booking-life.fixture.ts";
import { keptMinor, keptOfAll, type Payment } from "./payment.ts";
import type { PaymentWorld } from "./payment-world.fixture.ts";
import type { Card, Fault } from "./stripe-model.fixture.ts";

export type ChargesCommand =
  | { readonly do: "confirm" | "accept" | "drop" | "guest-pays" | "answer-all" | "deliver-latest" }
  /** `paid-change` is one that payment hears of at once and authorises, as most are. */
  | {
      readonly do: "change" | "paid-change";
      readonly dueMinor: number;
      readonly paymentMethod: string | null;
      readonly captureAtOnce: boolean;
    }
  | { readonly do: "cheaper"; readonly byMinor: number }
  | { readonly do: "give-back"; readonly percent: number }
  | { readonly do: "deliver" | "repeat-answer" | "repeat-facts"; readonly which: number }
  | { readonly do: "call" | "call-late" | "wait"; readonly charge: number; readonly fault: Fault }
  | { readonly do: "card"; readonly card: Card };

const faults: readonly Fault[] = ["none", "none", "dropped", "busy", "kept-before", "kept-after"];
const cards: readonly Card[] = ["accepted", "accepted", "declined", "authenticates"];

export const command: fc.Arbitrary<ChargesCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("change" as const, "paid-change" as const),
      dueMinor: fc.integer({ min: 1, max: 5_000 }),
      paymentMethod: fc.constantFrom("pm_card_visa", null),
      captureAtOnce: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom("confirm", "accept", "accept", "drop", "guest-pays", "answer-all", "deliver-latest")
      .map((name): ChargesCommand => ({ do: name as "accept" })),
  },
  fc.record({ do: fc.constant("cheaper" as const), byMinor: fc.integer({ min: 0, max: 6_000 }) }),
  fc.record({ do: fc.constant("give-back" as const), percent: fc.integer({ min: 1, max: 100 }) }),
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "deliver" as const,
        "deliver" as const,
        "repeat-answer" as const,
        "repeat-facts" as const,
      ),
      which: fc.nat(40),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("call" as const, "call" as const, "call-late" as const, "wait" as const),
      charge: fc.integer({ min: 1, max: 4 }),
      fault: fc.constantFrom(...faults),
    }),
  },
  fc.record({ do: fc.constant("card" as const), card: fc.constantFrom(...cards) }),
);

function obeyBooking(life: BookingLife, order: ChargesCommand): void {
  if (order.do === "confirm") life.confirm();
  else if (order.do === "accept") life.accept();
  else if (order.do === "drop") life.drop();
  else if (order.do === "change") life.change(order.dueMinor, order.paymentMethod, order.captureAtOnce);
  else if (order.do === "cheaper") life.moveToCheaper(order.byMinor);
  else if (order.do === "deliver-latest") life.deliver(life.said.length - 1);
  else if (order.do === "paid-change") {
    const before = life.said.length;
    life.change(order.dueMinor, order.paymentMethod, order.captureAtOnce);
    if (life.said.length === before) return;
    life.deliver(before);
    life.world.call("none", life.pending?.charge);
  } else if (order.do === "deliver") life.deliver(order.which);
}

export function obey(life: BookingLife, order: ChargesCommand): void {
  const { world } = life;
  obeyBooking(life, order);
  if (order.do === "call") world.call(order.fault, order.charge);
  else if (order.do === "give-back") world.giveBack(order.percent);
  else if (order.do === "call-late") world.callLate(order.charge);
  else if (order.do === "wait") world.wait(order.charge);
  else if (order.do === "guest-pays") world.stripe.guestPays();
  else if (order.do === "answer-all") world.settle();
  else if (order.do === "card") world.stripe.card = order.card;
  else if (order.do === "repeat-answer") {
    const past = world.past[order.which % Math.max(1, world.past.length)];
    if (past !== undefined) world.answer(past.key, past.answer, past.charge);
  } else if (order.do === "repeat-facts") {
    const facts = world.seen[order.which % Math.max(1, world.seen.length)];
    if (facts !== undefined && facts.state !== "open") world.facts(facts);
  }
}

/** What must hold at every moment. */
export function checkAlways({ charges, stripe }: PaymentWorld): void {
  const isWrong = charges.some(
    ({ amountMinor, authorisedMinor, capturedMinor, refundedMinor }) =>
      authorisedMinor > amountMinor || capturedMinor > authorisedMinor || refundedMinor > capturedMinor,
  );
  expect({ isWrong, excesses: stripe.excesses }).toEqual({ isWrong: false, excesses: [] });
}

/** Are a charge's events numbered 1, 2, 3 …? */
function isNumbered({ announced }: PaymentWorld, { id }: Payment): boolean {
  return announced
    .filter(({ data }) => (data as { paymentId: string }).paymentId === id)
    .every(({ version }, index) => version === index + 1);
}

/** What is wrong once everything works again; nothing, if all is as booking last asked. */
export function contradictions({ world, status, keptMinor: kept, pending }: BookingLife): string[] {
  if (status === "held") return [];
  const { stripe, charges } = world;
  const pendingId = pending === null ? null : world.find(pending.charge)?.id;
  const decided = stripe.intents.filter(({ paymentId }) => paymentId !== pendingId);
  const keptDecided = decided.reduce((sum, intent) => sum + intent.receivedMinor - intent.refundedMinor, 0);
  const wrong = {
    "what is kept is not what booking last asked for, less what was given back on top":
      keptDecided !== Math.max(0, kept - world.goodwillMinor),
    "booking was told of money that it has yet to ask for":
      world.tellsOf(pendingId, "captured") && !world.tellsOf(pendingId, "declined"),
    "our books differ from Stripe's": keptOfAll(charges) !== stripe.keptMinor(),
    "money is set aside that nobody waits for": decided.some(({ capturableMinor }) => capturableMinor > 0),
    "an intent is open that nobody waits for": decided.some(({ state }) => state === "open"),
    "a call is still under way": charges.some(({ id, call }) => id !== pendingId && call !== null),
    "a charge's events are not numbered one after the other": !charges.every((payment) =>
      isNumbered(world, payment),
    ),
    "something is parked": charges.some(({ parkedReason }) => parkedReason !== null),
    "a charge of a booking that is over has come to no end": charges.some(
      (payment) =>
        status === "over" && ["requested", "action-required", "authorised"].includes(payment.status),
    ),
    "a charge keeps more than its amount": charges.some(
      (payment) => keptMinor(payment) > payment.amountMinor,
    ),
  };
  return Object.entries(wrong).flatMap(([name, is]) => (is ? [name] : []));
}
