/** What must be true of the whole platform once it has come to rest, whatever happened to it. */
import {
  getReconciliation,
  listDiscrepancies,
  startReconciliation,
} from "@holdfast/contracts/api/reconciliation";
import { until } from "@holdfast/testkit/until";
import { expect } from "vitest";
import type { World } from "./world.ts";

interface BookingAtRest {
  readonly booking_id: string;
  readonly status: string;
  readonly quantity: number;
  readonly total_minor: string;
  readonly keep_minor: string;
  readonly slots: string;
  /** Units of further resources that are taken with it. */
  readonly along: number;
}

/** Statuses of bookings whose time is theirs, to come or gone by. */
const standing = ["confirmed", "checked-in", "completed", "no-show"];
/** Statuses in which something may be kept. */
const paying = [...standing, "cancelled"];

/** Money at the payment provider for one booking, in minor units. */
interface Money {
  authorised: number;
  kept: number;
}

/** Waits until no saga, call or message is under way. */
export async function settled(world: World, deadlineMs = 30_000): Promise<void> {
  await until(
    "the platform to come to rest",
    async () => {
      const { rows } = await world.sql.query<{ open: string }>(
        `select (select count(*) from booking.bookings where saga_step not in ('stay', 'done'))
          + (select count(*) from payment.payments where call is not null)
          + (select count(*) from notification.messages where status = 'waiting')
          + (select count(*) from booking.outbox where published_at is null)
          + (select count(*) from payment.outbox where published_at is null) as open`,
      );
      return rows[0]?.open === "0";
    },
    deadlineMs,
  );
}

/** Per booking, what the payment provider holds: an intent's metadata names its booking. */
async function moneyAtProvider(world: World): Promise<Map<string, Money>> {
  const byBooking = new Map<string, Money>();
  let after = "";
  for (let more = true; more;) {
    const response = await fetch(`${world.platform.urlOf("stripe")}/_stand-in/ledger?limit=1000${after}`);
    const page = (await response.json()) as {
      intents: {
        id: string;
        metadata: { booking_id?: string };
        capturable: number;
        captured: number;
        refunded: number;
      }[];
      hasMore: boolean;
    };
    for (const intent of page.intents) {
      const id = intent.metadata.booking_id ?? "none";
      const money = byBooking.get(id) ?? { authorised: 0, kept: 0 };
      money.kept += intent.captured - intent.refunded;
      money.authorised += intent.capturable;
      byBooking.set(id, money);
    }
    more = page.hasMore;
    after = `&after=${page.intents.at(-1)?.id ?? ""}`;
  }
  return byBooking;
}

/**
 * Checks the three promises on everything there is: a slot is taken exactly by bookings that stand, what the
 * provider keeps is what each booking should have paid, and nothing is authorised or parked that nobody asked for.
 */
export async function expectAllInOrder(world: World): Promise<BookingAtRest[]> {
  const { rows } = await world.sql.query<BookingAtRest>(
    `select b.booking_id, b.status, b.quantity, b.total_minor,
      greatest(b.keep_minor - b.goodwill_minor, 0) as keep_minor,
      (select count(*) from booking.allocations a where a.booking_id = b.booking_id) as slots,
      (select coalesce(sum((part ->> 'quantity')::integer), 0)::integer from json_array_elements(b.also) part) as along
     from booking.bookings b`,
  );
  const money = await moneyAtProvider(world);
  const wrong = rows.filter((row) => {
    const slots = standing.includes(row.status) ? row.quantity + row.along : 0;
    const kept = paying.includes(row.status) ? Number(row.keep_minor) : 0;
    const atProvider = money.get(row.booking_id) ?? { authorised: 0, kept: 0 };
    return (
      Number(row.slots) !== slots ||
      atProvider.kept !== kept ||
      atProvider.authorised !== 0 ||
      row.status === "held"
    );
  });
  expect(wrong.map((row) => ({ ...row, money: money.get(row.booking_id) }))).toEqual([]);
  const known = new Set(rows.map((row) => row.booking_id));
  expect([...money.keys()].filter((id) => !known.has(id))).toEqual([]);
  const letters = await world.sql.query<{ service: string; error: string }>(
    ["auth", "catalog", "booking", "payment", "notification"]
      .map((service) => `select '${service}' as service, error from ${service}.dead_letters`)
      .join(" union all "),
  );
  expect(letters.rows).toEqual([]);
  const parked = await world.sql.query<{ booking_id: string; reason: string }>(
    `select booking_id, parked_reason as reason from booking.bookings where parked_at is not null
      union all select booking_id, parked_reason from payment.payments where parked_reason is not null`,
  );
  expect(parked.rows).toEqual([]);
  await expectBooksAgree(world);
  return rows;
}

/** Has payment compare its books with the provider's and with bookings; it finds nothing, as everything is at rest. */
export async function expectBooksAgree({ platform, anyone }: World): Promise<void> {
  const admin = await anyone.logIn(platform.admin);
  const { runId } = await admin.call(startReconciliation, { body: {} });
  const run = await until("the books to be compared", async () => {
    const at = await admin.call(getReconciliation, { params: { runId } });
    return at.finishedAt !== null && at;
  });
  expect(run).toMatchObject({ state: "finished", failure: null });
  expect(run.compared.bookings).toBe(run.compared.charges);
  const { items } = await admin.call(listDiscrepancies, { query: { state: "open", limit: 100 } });
  expect(items).toEqual([]);
}

/** To the cent, over everything there ever was: the provider keeps what bookings that stand or were cancelled are to pay. */
export async function expectMoneyAddsUp(world: World): Promise<void> {
  const { rows } = await world.sql.query<{ kept: string }>(
    `select coalesce(sum(greatest(keep_minor - goodwill_minor, 0)), 0) as kept from booking.bookings where status = any($1)`,
    [paying],
  );
  const response = await fetch(`${world.platform.urlOf("stripe")}/_stand-in/ledger?limit=1`);
  const { totals } = (await response.json()) as {
    totals: Record<string, { captured: number; refunded: number; capturable: number }>;
  };
  const all = Object.values(totals);
  expect(all.reduce((sum, one) => sum + one.captured - one.refunded, 0)).toBe(Number(rows[0]?.kept));
  expect(all.reduce((sum, one) => sum + one.capturable, 0)).toBe(0);
}
