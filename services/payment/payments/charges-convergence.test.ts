import fc from "fast-check";
import { expect, test } from "vitest";
import { contradictionsOfBooks } from "../ledger/books.fixture.ts";
import { BookingLife } from "./booking-life.fixture.ts";
import { checkAlways, command, contradictions, obey } from "./charges-run.fixture.ts";
import { keptMinor } from "./payment.ts";
import { PaymentWorld } from "./payment-world.fixture.ts";

const history = fc.record({
  commands: fc.array(command, { minLength: 10, maxLength: 60 }),
  /** How the booking ends, in percent of its price kept; null where it stands. */
  keptPercent: fc.constantFrom(null, 0, 50, 100, "completed" as const),
  afterwards: fc.array(command, { maxLength: 10 }),
  newestFirst: fc.boolean(),
});

test(
  "all charges together keep what booking last asked for, in any order and repetition of its events, of answers and of faults",
  { timeout: 30_000 },
  () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(history, ({ commands, keptPercent, afterwards, newestFirst }) => {
        const life = new BookingLife(new PaymentWorld());
        life.world.call();
        life.confirm();
        for (const order of commands) {
          obey(life, order);
          checkAlways(life.world);
        }
        if (keptPercent === "completed") life.complete();
        else if (keptPercent !== null) life.end(keptPercent);
        for (const order of afterwards) {
          obey(life, order);
          checkAlways(life.world);
        }
        life.deliverRest(newestFirst);
        life.world.settle();
        checkAlways(life.world);
        expect([...contradictions(life), ...contradictionsOfBooks(life.world)]).toEqual([]);
        const kept = life.world.charges.filter((payment) => keptMinor(payment) > 0).length;
        const name = `${life.status}, ${Math.min(kept, 2)} kept`;
        reached.set(name, (reached.get(name) ?? 0) + 1);
      }),
      { numRuns: 3_000 },
    );
    // The histories go where it matters: bookings that stand and that are over, with money on several charges.
    for (const name of ["confirmed, 2 kept", "over, 2 kept", "over, 0 kept"]) {
      expect(reached.get(name) ?? 0).toBeGreaterThan(20);
    }
  },
);
