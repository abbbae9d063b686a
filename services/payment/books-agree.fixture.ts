/** What must be true of payment's money at every test's end: the charges, the ledger and Stripe's own books say the same. */
import { isDeepStrictEqual } from "node:util";
import { until } from "@holdfast/testkit/until";
import type { StripeStandIn } from "@holdfast/testkit/stripe/stand-in";
import { expect } from "vitest";
import { discrepancies, reconcile, type Reconciled } from "./reconciliation/reconcile.fixture.ts";
import { fromStripe } from "./stripe/stripe-amounts.ts";

/** A world with the service's schema and Stripe's books in it. */
interface Books extends Reconciled {
  readonly sql: {
    query<R extends object>(text: string): Promise<{ readonly rows: R[] }>;
  };
  readonly stripe: StripeStandIn;
}

type Sums = Record<string, Record<string, number>>;

/** What each account of the ledger that has to do with Stripe holds, by currency. */
async function ledgerSums({ sql }: Books): Promise<Sums> {
  const { rows } = await sql.query<{ currency: string; account: string; sum: string }>(
    `select currency, account, sum(amount_minor) as sum from ledger_entries
     where account in ('stripe', 'stripe-fee', 'disputed') group by 1, 2`,
  );
  const sums: Sums = {};
  for (const { currency, account, sum } of rows) (sums[currency] ??= {})[account] = Number(sum);
  return sums;
}

/** The same as Stripe has it. */
function stripeSums({ stripe }: Books): Sums {
  const { balances, disputes } = stripe.ledger();
  const sums: Sums = {};
  for (const [currency, { available, fees }] of Object.entries(balances)) {
    const open = disputes.filter(
      (one) =>
        one.currency === currency && (one.status === "needs_response" || one.status === "under_review"),
    );
    const disputed = open.reduce((sum, { amount }) => sum + amount, 0);
    const of = { stripe: available, "stripe-fee": fees, disputed };
    const inMinor = Object.entries(of).map(([account, sum]) => [account, fromStripe(sum, currency)]);
    sums[currency.toUpperCase()] = Object.fromEntries(inMinor);
  }
  return sums;
}

/** Amounts of one intent, or of the charge that it is. */
interface Moved {
  readonly intent: string;
  readonly captured: number;
  readonly refunded: number;
}

async function chargesMoved({ sql }: Books): Promise<Moved[]> {
  const { rows } = await sql.query<{ intent: string; captured: string; refunded: string }>(
    `select intent_id as intent, captured_minor as captured, refunded_minor as refunded from payments
     where provider = 'stripe' and captured_minor > 0 order by intent_id collate "C"`,
  );
  return rows.map((row) => ({ ...row, captured: Number(row.captured), refunded: Number(row.refunded) }));
}

function intentsMoved({ stripe }: Books): Moved[] {
  return stripe
    .ledger()
    .intents.filter(({ captured }) => captured > 0)
    .map(({ id: intent, currency, captured, refunded }) => ({
      intent,
      captured: fromStripe(captured, currency),
      refunded: fromStripe(refunded, currency),
    }))
    .toSorted((a, b) => (a.intent < b.intent ? -1 : 1));
}

function withoutNothing(sums: Sums): Sums {
  const filled = Object.entries(sums).map(([currency, of]) => {
    return [currency, Object.fromEntries(Object.entries(of).filter(([, sum]) => sum !== 0))] as const;
  });
  return Object.fromEntries(filled.filter(([, of]) => Object.keys(of).length > 0));
}

/**
 * Waits until no call is under way and no event waits, and then until every charge, every account and every currency
 * agree to the cent with what Stripe has done. The service's own comparison finds nothing either.
 */
export async function expectBooksAgree(world: Books): Promise<void> {
  const read = async () => ({
    ledger: withoutNothing(await ledgerSums(world)),
    charges: await chargesMoved(world),
  });
  const atStripe = () => ({ ledger: withoutNothing(stripeSums(world)), charges: intentsMoved(world) });
  // What Stripe kept of a capture is asked for a minute later where its answer did not tell: here it is asked for now.
  await world.sql.query(
    `update payments set next_attempt_at = now() where captured_minor > 0 and fee_minor is null and call is null
     and next_attempt_at is not null`,
  );
  await until("nothing to be under way", async () => {
    const { rows } = await world.sql.query<{ open: string }>(
      `select (select count(*) from payments where call is not null)
        + (select count(*) from disputes where call is not null)
        + (select count(*) from transfers where call is not null)
        + (select count(*) from stripe_events where processed_at is null) as open`,
    );
    return rows[0]?.open === "0";
  });
  await until("the books to agree", async () => isDeepStrictEqual(await read(), atStripe()), 5_000).catch(
    () => undefined,
  );
  expect(await read()).toEqual(atStripe());
  expect(await reconcile(world)).toMatchObject({ state: "finished", failure: null });
  expect(await discrepancies(world, "state=open")).toEqual([]);
}
