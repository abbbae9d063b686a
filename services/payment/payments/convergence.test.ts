import fc from "fast-check";
import { expect, test } from "vitest";
import type { Wants } from "./booking-news.ts";
import { contradictionsOfBooks } from "../ledger/books.fixture.ts";
import { keptMinor } from "./payment.ts";
import { paidBy, PaymentWorld, totalMinor } from "./payment-world.fixture.ts";
import type { Card, Fault } from "./stripe-model.fixture.ts";

const capture: Wants = { asked: "capture" };
const expire: Wants = { asked: "expire" };

type Command =
  | { readonly do: "booking"; readonly version: number }
  | { readonly do: "call"; readonly fault: Fault }
  | { readonly do: "repeat-answer"; readonly which: number }
  | { readonly do: "repeat-facts"; readonly which: number }
  | { readonly do: "next-booking" }
  | { readonly do: "give-back"; readonly percent: number }
  | { readonly do: "call-late" }
  | { readonly do: "guest-pays" }
  | { readonly do: "wait" };

const faults: readonly Fault[] = ["none", "dropped", "busy", "kept-before", "kept-after"];
const cards: readonly Card[] = ["accepted", "declined", "authenticates"];

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant("booking" as const), version: fc.integer({ min: 1, max: 5 }) }),
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("call" as const), fault: fc.constantFrom(...faults) }),
  },
  { weight: 2, arbitrary: fc.constant<Command>({ do: "call", fault: "none" }) },
  fc.record({ do: fc.constant("repeat-answer" as const), which: fc.nat(50) }),
  fc.record({ do: fc.constant("repeat-facts" as const), which: fc.nat(50) }),
  { weight: 3, arbitrary: fc.constant<Command>({ do: "next-booking" }) },
  fc.record({ do: fc.constant("give-back" as const), percent: fc.integer({ min: 1, max: 100 }) }),
  fc.constantFrom<Command>({ do: "guest-pays" }, { do: "wait" }, { do: "call-late" }),
);

const laterWants = fc.oneof(
  fc.constant(capture),
  fc.constant(expire),
  fc.record({
    asked: fc.constant("settle" as const),
    keepMinor: fc.integer({ min: 0, max: totalMinor }),
    afterDecline: fc.boolean(),
  }),
);

const history = fc.record({
  paymentMethod: fc.constantFrom("pm_card_visa", null),
  captureAtOnce: fc.boolean(),
  card: fc.constantFrom(...cards),
  later: fc.array(laterWants, { minLength: 4, maxLength: 4 }),
  commands: fc.array(command, { maxLength: 40 }),
});

function obey(world: PaymentWorld, story: readonly Wants[], order: Command): void {
  if (order.do === "next-booking") {
    const version = (world.payment?.bookingVersion ?? 0) + 1;
    const wants = story[version - 1];
    if (wants !== undefined) world.booking(version, wants);
    return;
  }
  if (order.do === "booking") {
    const wants = story[order.version - 1];
    if (wants !== undefined) world.booking(order.version, wants);
    return;
  }
  if (world.payment === undefined) return;
  if (order.do === "call") world.call(order.fault);
  else if (order.do === "give-back") world.giveBack(order.percent);
  else if (order.do === "call-late") world.callLate();
  else if (order.do === "wait") world.wait();
  else if (order.do === "guest-pays") world.stripe.guestPays();
  else if (order.do === "repeat-answer") {
    const past = world.past[order.which % Math.max(1, world.past.length)];
    if (past !== undefined) world.answer(past.key, past.answer);
  } else {
    const facts = world.seen[order.which % Math.max(1, world.seen.length)];
    if (facts !== undefined && facts.state !== "open") world.facts(facts);
  }
}

/** What must hold at every moment, whatever happens. */
function checkAlways(world: PaymentWorld): void {
  expect(world.stripe.excesses).toEqual([]);
  const { authorisedMinor, capturedMinor, refundedMinor, amountMinor } = world.known;
  expect(authorisedMinor).toBeLessThanOrEqual(amountMinor);
  expect(capturedMinor).toBeLessThanOrEqual(authorisedMinor);
  expect(refundedMinor).toBeLessThanOrEqual(capturedMinor);
  // Booking never hears of money that was taken before it has decided what is to be kept.
  const isTold = world.types().includes("payment.captured.v1");
  expect(isTold && world.leastTargetMinor === Number.MAX_SAFE_INTEGER).toBe(false);
  expect(world.announced.map(({ version }) => version)).toEqual(world.announced.map((_, index) => index + 1));
}

/** What is wrong once everything works again; nothing, if all is as booking last asked. */
function contradictions(world: PaymentWorld): string[] {
  const { asked, targetMinor, call, status } = world.known;
  const { stripe } = world;
  const captured = stripe.intents.reduce((sum, intent) => sum + intent.receivedMinor, 0);
  const keeps = stripe.keptMinor();
  const isDecided = targetMinor !== null;
  const isOver = asked === "settle";
  const wrong = {
    "our books differ from Stripe's": keptMinor(world.known) !== keeps,
    "more is kept than was asked": isDecided && keeps > targetMinor,
    "less is kept than ever was asked": isDecided && keeps < Math.min(world.leastTargetMinor, captured),
    "money is still set aside": isDecided && stripe.capturableMinor() > 0,
    "an intent is still open":
      isOver && stripe.intents.some(({ state }) => state === "open" || state === "authorised"),
    "a call is still under way": isOver && call !== null,
    "it has come to no end": isOver && !["voided", "declined", "captured", "refunded"].includes(status),
    "an event was told twice": ["authorised", "captured", "declined", "action-required"].some(
      (name) => world.types().filter((type) => type === `payment.${name}.v1`).length > 1,
    ),
  };
  return Object.entries(wrong).flatMap(([name, is]) => (is ? [name] : []));
}

test(
  "converges on what booking last asked for, in any order and repetition of events, answers and faults",
  { timeout: 30_000 },
  () => {
    fc.assert(
      fc.property(history, ({ paymentMethod, captureAtOnce, card, later, commands }) => {
        const story: Wants[] = [{ asked: "authorise", by: paidBy(paymentMethod, captureAtOnce) }, ...later];
        const world = new PaymentWorld(card);
        for (const order of commands) {
          obey(world, story, order);
          if (world.payment !== undefined) checkAlways(world);
        }
        if (world.payment === undefined) return;
        world.settle();
        checkAlways(world);
        expect([...contradictions(world), ...contradictionsOfBooks(world)]).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  },
);
