import fc from "fast-check";
import { expect, test } from "vitest";
import type { Payment } from "../payments/payment.ts";
import { PaymentWorld } from "../payments/payment-world.fixture.ts";
import { isOnArrival, type Posting } from "./accounts.ts";
import { balanceOf, unbalanced } from "./books.fixture.ts";
import { postingsOf } from "./postings-of.ts";
import { settlementOf } from "./settlement.ts";
import { nothing, sharesOf } from "./shares.ts";

const currencies = ["EUR", "JPY", "KWD", "USD"];

/** From single yen to more than anybody has. */
const amountMinor = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.maxSafeInteger().map((amount) => Math.abs(amount)),
);

const move = fc.record({
  do: fc.constantFrom("capture" as const, "refund" as const, "fee" as const, "settle" as const),
  amountMinor,
});

const history = fc.record({
  currency: fc.constantFrom(...currencies),
  provider: fc.constantFrom("stripe", "on-arrival"),
  feeCurrency: fc.constantFrom(...currencies),
  totalMinor: amountMinor,
  taxPercent: fc.integer({ min: 0, max: 100 }),
  basisPoints: fc.integer({ min: 0, max: 10_000 }),
  moves: fc.array(move, { minLength: 1, maxLength: 12 }),
});

/** One charge and its books. */
class Books {
  readonly postings: Posting[] = [];
  payment: Payment;
  settled = { shares: nothing, times: 0 };
  #refunds = 0;

  constructor(currency: string, provider = "stripe") {
    const { known } = new PaymentWorld().held();
    this.payment = { ...known, provider, currency, amountMinor: Number.MAX_SAFE_INTEGER };
  }

  capture(amountMinor: number): void {
    const { capturedMinor } = this.payment;
    const more = Math.min(amountMinor, Number.MAX_SAFE_INTEGER - capturedMinor);
    this.#become({ capturedMinor: capturedMinor + more });
  }

  refund(amountMinor: number): void {
    const { id, bookingId, charge, capturedMinor, refundedMinor } = this.payment;
    const some = Math.min(amountMinor, capturedMinor - refundedMinor);
    if (some === 0) return;
    this.#refunds += 1;
    const refund = { id: `rfd_${id}${this.#refunds}` as const, bookingId, charge, amountMinor: some };
    this.#become({ refundedMinor: refundedMinor + some }, [refund]);
  }

  learnFee(amountMinor: number, currency: string): void {
    if (this.payment.fee === null) this.#become({ fee: { amountMinor, currency } });
  }

  settle(totalMinor: number, taxMinor: number, basisPoints: number): void {
    const { bookingId, currency, capturedMinor, refundedMinor } = this.payment;
    const vendorId = this.payment.vendorId!;
    const onArrivalMinor = isOnArrival(this.payment) ? capturedMinor - refundedMinor : 0;
    const taken = { capturedMinor, refundedMinor, onArrivalMinor };
    const decided = { bookingId, vendorId, currency, ...taken, totalMinor, taxMinor };
    const { postings, shares } = settlementOf(decided, this.settled, basisPoints);
    if (postings.length === 0) return;
    this.postings.push(...postings);
    this.settled = { shares, times: this.settled.times + 1 };
  }

  #become(changes: Partial<Payment>, refunds: Parameters<typeof postingsOf>[0]["refunds"] = []): void {
    const before = this.payment;
    this.payment = { ...before, ...changes };
    this.postings.push(...postingsOf({ before, payment: this.payment, refunds }));
  }
}

test("whatever is captured, given back, settled and given back later, every posting balances and no cent is lost", () => {
  fc.assert(
    fc.property(
      history,
      ({ currency, provider, feeCurrency, totalMinor, taxPercent, basisPoints, moves }) => {
        const books = new Books(currency, provider);
        const taxMinor = Number((BigInt(totalMinor) * BigInt(taxPercent)) / 100n);
        const settle = () => books.settle(totalMinor, taxMinor, basisPoints);
        for (const one of moves) {
          if (one.do === "capture") books.capture(one.amountMinor);
          else if (one.do === "refund") books.refund(one.amountMinor);
          else if (one.do === "fee") books.learnFee(one.amountMinor, feeCurrency);
          else settle();
        }
        settle();
        const { postings, payment } = books;
        const keptMinor = payment.capturedMinor - payment.refundedMinor;
        const balance = (account: Parameters<typeof balanceOf>[1]) => balanceOf(postings, account, currency);
        const parts = [balance("vendor-payable"), balance("tax"), balance("platform-fee")];
        expect(unbalanced(postings)).toEqual([]);
        expect(new Set(postings.map(({ kind, cause }) => `${kind} ${cause}`)).size).toBe(postings.length);
        expect([balance("guest"), balance("refunds"), balance("on-arrival")]).toEqual([0, 0, 0]);
        const inHand = provider === "on-arrival" ? keptMinor : 0;
        expect(parts.reduce((sum, part) => sum - part, 0)).toBe(keptMinor - inHand);
        const { shares } = books.settled;
        expect(parts).toEqual(
          [-shares.payableMinor + inHand, -shares.taxMinor, -shares.commissionMinor].map((part) => part + 0),
        );
      },
    ),
    { numRuns: 3_000 },
  );
});

const kept = fc.record({
  capturedMinor: amountMinor,
  totalMinor: fc.oneof(fc.constant(0), amountMinor),
  refundedPercent: fc.integer({ min: 0, max: 100 }),
  taxPercent: fc.integer({ min: 0, max: 100 }),
  basisPoints: fc.integer({ min: 0, max: 10_000 }),
});

test("shares are whole, of nobody less than nothing, at most half a unit off, and together what is kept", () => {
  fc.assert(
    fc.property(kept, ({ capturedMinor, totalMinor, refundedPercent, taxPercent, basisPoints }) => {
      const refundedMinor = Number((BigInt(capturedMinor) * BigInt(refundedPercent)) / 100n);
      const taxMinor = Number((BigInt(totalMinor) * BigInt(taxPercent)) / 100n);
      const taken = { capturedMinor, refundedMinor, onArrivalMinor: 0 };
      const shares = sharesOf({ ...taken, totalMinor, taxMinor, basisPoints });
      const parts = [shares.taxMinor, shares.commissionMinor, shares.payableMinor];
      for (const part of parts) expect(Number.isSafeInteger(part) && part >= 0).toBe(true);
      expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(capturedMinor - refundedMinor));
      const untaxed = BigInt(capturedMinor - refundedMinor - shares.taxMinor);
      const off = 2n * (BigInt(shares.commissionMinor) * 10_000n - untaxed * BigInt(basisPoints));
      expect(-10_000n < off && off <= 10_000n).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  // [captured, refunded, total, tax, basis points] -> [tax, commission, vendor]
  [
    [11_900, 0, 11_900, 1_900, 1_500],
    [1_900, 1_500, 8_500],
  ],
  [
    [11_900, 5_950, 11_900, 1_900, 1_500],
    [950, 750, 4_250],
  ],
  [
    [101, 0, 101, 0, 5_000],
    [0, 51, 50],
  ],
  [
    [1, 0, 3, 1, 10_000],
    [0, 1, 0],
  ],
  [
    [10_000, 10_000, 10_000, 500, 1_000],
    [0, 0, 0],
  ],
])("%j is shared as %j: tax, commission, vendor", (of, expected) => {
  const [capturedMinor = 0, refundedMinor = 0, totalMinor = 0, taxMinor = 0, basisPoints = 0] = of;
  const taken = { capturedMinor, refundedMinor, onArrivalMinor: 0 };
  const shares = sharesOf({ ...taken, totalMinor, taxMinor, basisPoints });
  expect([shares.taxMinor, shares.commissionMinor, shares.payableMinor]).toEqual(expected);
});

test("a refund after the settlement takes back from each what they had of it", () => {
  const books = new Books("EUR");
  books.capture(11_900);
  books.settle(11_900, 1_900, 1_500);
  books.refund(1_190);
  books.settle(11_900, 1_900, 1_500);
  expect(books.postings.at(-1)).toMatchObject({
    kind: "resettlement",
    entries: [
      { account: "refunds", amountMinor: -1_190 },
      { account: "tax", amountMinor: 190 },
      { account: "platform-fee", amountMinor: 150 },
      { account: "vendor-payable", amountMinor: 850 },
    ],
  });
});
