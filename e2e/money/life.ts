/** The life of one booking's money as a story: the terms it was taken under, and what everybody then does. */
import fc from "fast-check";

/** Currencies with two, no, and three decimals. */
export const currencies = ["EUR", "USD", "JPY", "KWD"] as const;

/** What every amount that is charged or given back is a multiple of, in minor units. */
export const smallest: Readonly<Record<(typeof currencies)[number], number>> = {
  EUR: 1,
  USD: 1,
  JPY: 1,
  KWD: 10,
};

/** What a booking is taken under. Amounts are minor units. */
export interface Terms {
  readonly currency: (typeof currencies)[number];
  readonly totalMinor: number;
  /** Of a tax that the price includes. */
  readonly taxBasisPoints: number;
  /** What the platform takes of what is kept, without tax. */
  readonly commissionBasisPoints: number;
  /** 100: all of it is due at once. */
  readonly depositPercent: number;
  readonly refund: {
    readonly fullUntilHours: number;
    readonly tiers: readonly { readonly untilHours: number; readonly percent: number }[];
    readonly percentAfter: number;
  };
  readonly noShowPercent: number;
  readonly startsInHours: number;
  /** What the guest pays with: a card that works, one that is declined, or nothing yet. */
  readonly card: "works" | "declined" | "absent";
  /** Whether that card still works when the balance is due. */
  readonly balanceCard: "works" | "declined";
  readonly captureAtOnce: boolean;
}

/** What somebody does. What is not possible as things stand is not done. */
export type Command =
  | { readonly do: "cancel" | "call-off" | "check-in" | "complete" | "no-show" }
  | { readonly do: "dearer"; readonly bySmallest: number; readonly card: "works" | "declined" }
  | { readonly do: "cheaper"; readonly percent: number }
  /** To another time, at the same price. */
  | { readonly do: "shift"; readonly hours: number }
  /** Beyond the terms: a share of what could be given back so. */
  | { readonly do: "give-back"; readonly percent: number }
  | { readonly do: "dispute"; readonly which: number; readonly percent: number }
  | { readonly do: "decide"; readonly outcome: "won" | "lost" }
  | { readonly do: "wait-for-start" }
  | { readonly do: "pass"; readonly hours: number };

export interface Life {
  readonly terms: Terms;
  readonly commands: readonly Command[];
}

/** A balance is due so long before the start, and waited for so long. */
export const dueHoursBefore = 48;
export const graceHours = 12;
/** A booking lasts so long, and a guest has not come so long after its start. */
export const lastsHours = 2;
export const noShowAfterMinutes = 15;

const percent = fc.integer({ min: 0, max: 100 });
const working = fc.constantFrom("works" as const, "works" as const, "works" as const, "declined" as const);

const refund = fc
  .record({
    fullUntilHours: fc.constantFrom(0, 24, 72, 200),
    tier: fc.option(fc.record({ early: fc.constantFrom(12, 20), percent: fc.integer({ min: 50, max: 99 }) })),
    percentAfter: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ fullUntilHours, tier, percentAfter }) => ({
    fullUntilHours,
    tiers:
      tier === null || fullUntilHours <= tier.early
        ? []
        : [{ untilHours: tier.early, percent: tier.percent }],
    percentAfter,
  }));

const terms: fc.Arbitrary<Terms> = fc
  .record({
    currency: fc.constantFrom(...currencies),
    totalMinor: fc.oneof(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 100, max: 2_000_000 })),
    taxBasisPoints: fc.constantFrom(0, 700, 1_900, 2_500),
    commissionBasisPoints: fc.integer({ min: 0, max: 3_000 }),
    depositPercent: fc.constantFrom(100, 100, 10, 33, 50),
    refund,
    noShowPercent: percent,
    startsInHours: fc.integer({ min: 2, max: 400 }),
    card: fc.constantFrom("works", "works", "works", "works", "works", "works", "declined", "absent"),
    balanceCard: working,
    captureAtOnce: fc.boolean(),
  })
  .map((of) => ({ ...of, totalMinor: of.totalMinor * smallest[of.currency] }));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "call-off" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("check-in" as const, "complete" as const, "no-show" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("dearer" as const),
      bySmallest: fc.integer({ min: 1, max: 50_000 }),
      card: working,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cheaper" as const), percent }) },
  { weight: 2, arbitrary: fc.constant<Command>({ do: "wait-for-start" }) },
  fc.record({ do: fc.constant("shift" as const), hours: fc.integer({ min: -200, max: 200 }) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("give-back" as const), percent }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("dispute" as const),
      which: fc.nat(3),
      percent: fc.constantFrom(100, 100, 60, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("decide" as const), outcome: fc.constantFrom("won", "lost") }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass" as const), hours: fc.constantFrom(1, 5, 24, 72, 400) }),
  },
);

/** Any life at all. */
export const anyLife: fc.Arbitrary<Life> = fc.record({
  terms,
  commands: fc.array(command, { maxLength: 14 }),
});
