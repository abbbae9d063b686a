import fc from "fast-check";
import { expect, test } from "vitest";
import { balanceOf, unbalanced } from "../ledger/books.fixture.ts";
import type { Posting } from "../ledger/accounts.ts";
import { keptMinor, type Payment } from "../payments/payment.ts";
import { PaymentWorld, totalMinor } from "../payments/payment-world.fixture.ts";
import { decideDispute, type DisputeNews } from "./decide-dispute.ts";
import {
  type Dispute,
  type DisputeAnswer,
  type DisputeFacts,
  type DisputeMovement,
  lookedSoon,
  newDispute,
  takeUpDispute,
} from "./dispute.ts";

const feeMinor = 2_000;

/** A dispute of a captured charge as the bank has it, and as we have it. */
class DisputeWorld {
  readonly circumstances = new PaymentWorld().circumstances;
  payment: Payment;
  dispute: Dispute;
  readonly posted = new Map<string, Posting>();
  readonly announced: DisputeNews[] = [];
  readonly #movements: DisputeMovement[] = [];
  readonly #amountMinor: number;
  state: DisputeFacts["state"] = "open";
  currency = "EUR";

  constructor(amountMinor = totalMinor, refundedMinor = 0) {
    const world = new PaymentWorld().held().call().booking(2, { asked: "capture" }).call();
    this.payment = { ...world.known, refundedMinor };
    this.#amountMinor = amountMinor;
    this.dispute = newDispute(
      { id: "dsp_01h455vb4pex5vsknk084sn02q", providerId: "du_1" },
      this.circumstances,
    );
  }

  /** What the bank holds of the charge. */
  get withdrawnMinor(): number {
    return this.#movements.reduce((sum, { amountMinor }) => sum - amountMinor, 0);
  }

  move(amountMinor: number): this {
    const fee = { amountMinor: amountMinor < 0 ? feeMinor : 0, currency: "EUR" };
    this.#movements.push({ id: `txn_${this.#movements.length + 1}`, amountMinor, fee });
    return this;
  }

  withdraw(): this {
    return this.withdrawnMinor > 0 ? this : this.move(-this.#amountMinor);
  }

  bringBack(): this {
    return this.withdrawnMinor > 0 ? this.move(this.withdrawnMinor) : this;
  }

  /** What a look would be told now. */
  facts(): DisputeFacts {
    return {
      intentId: this.payment.intentId,
      bookingId: this.payment.bookingId,
      disputed: { amountMinor: this.#amountMinor, currency: this.currency },
      reason: "fraudulent",
      state: this.state,
      providerStatus: this.state,
      isRefundable: false,
      answerDueBy: null,
      openedAt: "2026-11-01T00:00:00Z",
      movements: [...this.#movements],
    };
  }

  /** Has a look, whose answer comes only after `meanwhile`. */
  look(meanwhile: () => void = () => undefined): this {
    this.dispute =
      this.dispute.call === null ? takeUpDispute(this.dispute, this.circumstances) : this.dispute;
    const key = this.dispute.call!.key;
    const dispute = this.facts();
    meanwhile();
    return this.answer(key, { outcome: "done", dispute });
  }

  answer(key: string, answer: DisputeAnswer): this {
    const { circumstances, payment } = this;
    const decided = decideDispute(
      this.dispute,
      { key, answer },
      {
        charges: [payment],
        othersOpen: false,
        circumstances,
      },
    );
    this.dispute = decided.dispute;
    this.payment = decided.step?.payment ?? payment;
    for (const posting of decided.postings) {
      const name = `${posting.kind} ${posting.cause}`;
      if (!this.posted.has(name)) this.posted.set(name, posting);
    }
    this.announced.push(...decided.announced);
    return this;
  }

  hear(): void {
    this.dispute = lookedSoon(this.dispute, this.circumstances);
  }

  balance(account: Parameters<typeof balanceOf>[1]): number {
    return balanceOf([...this.posted.values()], account);
  }
}

test("an answer to a look that was overtaken by news says nothing", () => {
  const world = new DisputeWorld().withdraw();
  world.look(() => world.hear());
  expect(world.dispute).toMatchObject({ state: "unread", withdrawnMinor: 0 });
  world.look();
  expect(world.dispute).toMatchObject({ state: "open", withdrawnMinor: totalMinor });
});

test("a dispute in another currency than its charge is for a person, and books nothing", () => {
  const world = new DisputeWorld().withdraw();
  world.currency = "USD";
  world.look();
  expect(world.dispute).toMatchObject({ of: null, parkedReason: "contradicts-charge", nextAttemptAt: null });
  expect(world.posted.size).toBe(0);
  expect(world.payment.disputed).toBe(false);
});

test("a dispute that the provider does not know is for a person, and asked about again", () => {
  const world = new DisputeWorld();
  world.answer(world.dispute.call!.key, { outcome: "refused", reason: "payment/refused" });
  expect(world.dispute).toMatchObject({ state: "unread", parkedReason: "payment/refused", call: null });
  expect(world.dispute.nextAttemptAt).not.toBeNull();
});

test("an inquiry, which takes nothing yet, leaves refunds possible", () => {
  const world = new DisputeWorld();
  const inquiry = { ...world.facts(), isRefundable: true, providerStatus: "warning_needs_response" };
  world.answer(world.dispute.call!.key, { outcome: "done", dispute: inquiry });
  expect(world.dispute.state).toBe("open");
  expect(world.payment.disputed).toBe(false);
});

test("a dispute that is won after it was lost takes the loss back", () => {
  const world = new DisputeWorld().withdraw();
  world.state = "lost";
  world.look();
  expect(keptMinor(world.payment)).toBe(0);
  world.state = "won";
  world.bringBack().look();
  expect(world.balance("refunds")).toBe(0);
  expect(world.balance("disputed")).toBe(0);
  expect(keptMinor(world.payment)).toBe(totalMinor);
});

test("a dispute is looked at until it has ended and brought back what it should", () => {
  const world = new DisputeWorld().withdraw().look();
  expect(world.dispute.nextAttemptAt).not.toBeNull();
  world.state = "won";
  world.look();
  expect(world.dispute.nextAttemptAt).not.toBeNull();
  world.bringBack().look();
  expect(world.dispute.nextAttemptAt).toBeNull();
});

type Command = "withdraw" | "bring-back" | "open" | "won" | "lost" | "look" | "late-look" | "hear" | "repeat";
const commands: readonly Command[] = [
  "withdraw",
  "bring-back",
  "open",
  "won",
  "lost",
  "look",
  "late-look",
  "hear",
  "repeat",
];

test("whatever the order and repetition, the books end where the bank does, and each end is told once", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...commands), { maxLength: 30 }),
      fc.integer({ min: 1, max: totalMinor }),
      fc.integer({ min: 0, max: totalMinor }),
      (orders, amountMinor, refundedMinor) => {
        const world = new DisputeWorld(amountMinor, refundedMinor);
        for (const order of orders) {
          if (order === "withdraw") world.withdraw();
          else if (order === "bring-back") world.bringBack();
          else if (order === "look") world.look();
          else if (order === "late-look") world.look(() => world.hear());
          else if (order === "hear") world.hear();
          else if (order === "repeat") world.look().look();
          else world.state = order;
        }
        world.look();
        const withdrawn = world.withdrawnMinor;
        const lost = world.state === "lost" ? withdrawn : 0;
        expect(unbalanced([...world.posted.values()])).toEqual([]);
        expect(world.balance("stripe") + world.balance("stripe-fee")).toBe(0 - withdrawn);
        expect(world.balance("disputed")).toBe(withdrawn - lost);
        expect(world.balance("refunds")).toBe(Math.min(lost, totalMinor - refundedMinor));
        expect(world.balance("refunds") + world.balance("write-off")).toBe(lost);
        expect(keptMinor(world.payment)).toBe(totalMinor - refundedMinor - world.balance("refunds"));
        expect(world.payment.disputed).toBe(world.state === "open");
        const versions = world.announced.map(({ version }) => version);
        expect(versions).toEqual([1, 2].slice(0, versions.length));
        expect(versions.length).toBeGreaterThanOrEqual(world.state === "open" ? 1 : 2);
      },
    ),
    { numRuns: 2_000 },
  );
});
