/** The lives that `money.test.ts` leads in memory, on real servers, all at once. */
import { isDeepStrictEqual } from "node:util";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksAgree } from "../../services/payment/books-agree.fixture.ts";
import { type PaymentWorld, startPaymentWorld } from "../../services/payment/payment-service.fixture.ts";
import { anyLife, type Command, type Life } from "./life.ts";
import { live } from "./live.ts";
import { OnServers } from "./on-servers.ts";
import { expectedOf } from "./payment-side.ts";

let world: PaymentWorld;
beforeAll(async () => {
  world = await startPaymentWorld();
  world.others.away.clear();
}, 120_000);
afterAll(() => world[Symbol.asyncDispose]());

/** The service takes this from every vendor. */
const commissionBasisPoints = 1_500;

/** The least that Stripe charges, in any of the currencies, and more. */
const leastMinor = 1_000;

/** As Stripe has it: it charges no trifles, and gives nothing more back of what a dispute was lost over in part. */
function asStripeHasIt(command: Command): Command {
  if (command.do === "dispute") return { ...command, percent: 100 };
  return command.do === "dearer" ? { ...command, bySmallest: command.bySmallest + leastMinor } : command;
}

/** Balances fall due by a clock that all the lives would have to share: they are led in memory alone. */
const lives: readonly Life[] = fc.sample(
  anyLife.map(({ terms, commands }) => ({
    terms: {
      ...terms,
      totalMinor: terms.totalMinor + leastMinor,
      depositPercent: 100,
      commissionBasisPoints,
    },
    commands: commands.map(asStripeHasIt),
  })),
  { numRuns: 40, seed: 2 },
);

test("forty lives at once come to what terms and people said, in Stripe's books, the ledger, the items and the documents", async () => {
  const admin = newId("usr");
  await Promise.all(
    lives.map(async (life) => {
      const { payment, expected, booking } = await live(
        life,
        Date.now(),
        (side) => new OnServers(world, side, admin),
      );
      const wanted = expectedOf(expected.outcome());
      // Settling, and documents, follow a moment later; what else they should have come to is then said in full.
      await until(
        booking.row.booking_id,
        async () => isDeepStrictEqual(await payment.observe(), wanted),
        20_000,
      ).catch(() => false);
      expect({ life, ...(await payment.observe()) }).toEqual({ life, ...wanted });
    }),
  );
  await expectBooksAgree(world);
});
