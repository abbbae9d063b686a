import fc from "fast-check";
import { expect, test } from "vitest";
import { InMemory } from "./in-memory.ts";
import { anyLife, type Command, type Life, type Terms } from "./life.ts";
import { live } from "./live.ts";
import { expectedOf } from "./payment-side.ts";

const startMs = Date.UTC(2026, 10, 1);

const plain: Terms = {
  currency: "EUR",
  totalMinor: 100,
  taxBasisPoints: 0,
  commissionBasisPoints: 0,
  depositPercent: 100,
  refund: { fullUntilHours: 0, tiers: [], percentAfter: 0 },
  noShowPercent: 0,
  startsInHours: 2,
  card: "works",
  balanceCard: "works",
  captureAtOnce: false,
};

function found(...commands: Command[]): [Life] {
  return [{ terms: plain, commands }];
}

/** Lives that once came to something else. */
const examples: [Life][] = [
  // All of it went back, and the booking stands: it was settled as if it were over.
  found({ do: "give-back", percent: 50 }, { do: "cheaper", percent: 50 }),
  // More was given back than the price is then: its difference came to nothing, and the booking waited for it.
  found(
    { do: "give-back", percent: 20 },
    { do: "cheaper", percent: 81 },
    { do: "dearer", bySmallest: 1, card: "works" },
    { do: "pass", hours: 400 },
  ),
  // What was to go back the bank took: the booking waited for it, and never came to its end.
  found(
    { do: "dispute", which: 0, percent: 100 },
    { do: "cheaper", percent: 25 },
    { do: "pass", hours: 400 },
    { do: "decide", outcome: "lost" },
  ),
  found(
    { do: "dispute", which: 0, percent: 100 },
    { do: "decide", outcome: "lost" },
    { do: "cheaper", percent: 25 },
    { do: "pass", hours: 400 },
  ),
];

/** Amounts by currency. */
class Totals {
  readonly #sums = new Map<string, number>();

  add(currency: string, amountMinor: number): void {
    this.#sums.set(currency, (this.#sums.get(currency) ?? 0) + amountMinor);
  }

  get all(): Record<string, number> {
    return Object.fromEntries(this.#sums);
  }
}

/** The lives go where it matters, each at least once in so many. */
const least = {
  confirmed: 10,
  "checked-in": 400,
  completed: 20,
  cancelled: 20,
  "no-show": 400,
  expired: 100,
  declined: 20,
  disputed: 10,
  "given back": 10,
  "with a balance": 100,
  "on two charges": 20,
};

function whatItWas({ paid, goodwillMinor }: Awaited<ReturnType<typeof live>>["expected"]): string[] {
  return [
    ...(paid.some(({ dispute }) => dispute !== null) ? ["disputed"] : []),
    ...(paid.some(({ isBalance }) => isBalance) ? ["with a balance"] : []),
    ...(goodwillMinor > 0 ? ["given back"] : []),
    ...(paid.length > 1 ? ["on two charges"] : []),
  ];
}

test(
  "whatever is booked, paid, moved, called off, given back, disputed or missed, in any currency: what is kept is what terms and people said, and the books, the vendor's items and the documents agree",
  { timeout: 60_000 },
  async () => {
    const runs = 800;
    const reached = new Map<string, number>();
    const [wanted, there] = [new Totals(), new Totals()];
    await fc.assert(
      fc.asyncProperty(anyLife, async (life: Life) => {
        const { currency } = life.terms;
        const paymentOf = (side: ConstructorParameters<typeof InMemory>[1]) => new InMemory(life.terms, side);
        const { payment, expected, booking } = await live(life, startMs, paymentOf);
        const outcome = expected.outcome();
        const observed = await payment.observe();
        expect(observed).toEqual(expectedOf(outcome));
        wanted.add(
          currency,
          outcome.keptMinor + outcome.charges.reduce((sum, one) => sum + one.bankMinor, 0),
        );
        there.add(currency, observed.atProviderMinor);
        for (const name of [booking.row.status, ...whatItWas(expected)])
          reached.set(name, (reached.get(name) ?? 0) + 1);
      }),
      { numRuns: runs, examples },
    );
    expect(there.all).toEqual(wanted.all);
    const rare = Object.entries(least).filter(([name, many]) => (reached.get(name) ?? 0) < runs / many);
    expect([rare, rare.length > 0 && reached]).toEqual([[], false]);
  },
);
