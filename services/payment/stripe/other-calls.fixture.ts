/**
 * Calls to Stripe about anything but what a booking is paid with at once: a vendor's account, a transfer to it, its
 * reversal, and a balance taken without the guest. Each subject is of its own, so that all of them go on at once.
 */
import { until } from "@holdfast/testkit/until";
import type { Stripe } from "stripe";
import type { KillableWorld, TestBooking } from "../payment-service.fixture.ts";
import type { TestVendor } from "../payouts/vendor-world.fixture.ts";
import { earnedMinor } from "../transfers/paid-out.fixture.ts";
import { faults } from "./stripe-cells.fixture.ts";

export const kinds = ["account", "transfer", "reversal", "balance"] as const;
export type Kind = (typeof kinds)[number];

/** A refusal is kept under its key, so that it is for good: what follows it is another call. */
const { "refused for good": _, ...ways } = faults;
export type Way = keyof typeof ways;
export const wayNames = Object.keys(ways) as Way[];

const reversedMinor = earnedMinor / 2;
export const balanceMinor = 7_000;
const endsWithinMs = 60_000;

/** One call that goes wrong in one way. */
export interface Subject {
  readonly kind: Kind;
  readonly way: Way;
  readonly vendor: TestVendor | null;
  readonly booking: TestBooking | null;
  readonly currency: string;
}

/** What has become of a subject in our rows, and how much of it Stripe has done; in minor units, an account being 1. */
export interface End {
  readonly ours: "done" | "refused" | "under way";
  readonly atStripe: number;
}

const wholes = { account: 1, transfer: earnedMinor, reversal: reversedMinor, balance: balanceMinor } as const;

/** Of what was refused Stripe has done nothing, of everything else all, once. */
export function expectedEnd({ kind, way }: Pick<Subject, "kind" | "way">): End {
  return way === "refused" ? { ours: "refused", atStripe: 0 } : { ours: "done", atStripe: wholes[kind] };
}

interface Row {
  readonly subject: string;
  /** Of the call under way; null where there is none. What is looked at now and then has come to its end before. */
  readonly key: string | null;
  readonly state: "planned" | "sent" | "refused";
  /** Stripe's id of what was made, or of what is reversed. */
  readonly id: string | null;
}

const keyColumn = "case when call ->> 'purpose' <> 'look' then call ->> 'key' end";

/** One question for all, as it is asked again and again. */
const rowsOfSubjects = `
  select 'account:' || vendor_id as subject, ${keyColumn} as key, account_id as id,
    case when account_id is not null then 'sent' when reason is null then 'planned' else 'refused' end as state
  from payout_accounts where vendor_id = any($1)
  union all select kind || ':' || coalesce(booking_id, vendor_id || currency), ${keyColumn},
    coalesce(reverses_at_provider, provider_id), state
  from transfers where vendor_id = any($1)
  union all select 'balance:' || booking_id, ${keyColumn}, intent_id,
    case status when 'captured' then 'sent' when 'action-required' then 'refused' else 'planned' end
  from payments where booking_id = any($2) and charge = 2`;

function nameOf({ kind, vendor, booking, currency }: Subject): string {
  if (kind === "account") return `account:${vendor!.vendorId}`;
  return kind === "transfer" ? `transfer:${vendor!.vendorId}${currency}` : `${kind}:${booking!.bookingId}`;
}

/** The subjects' rows, as far as there are any yet. */
async function rowsOf(
  { sql }: Pick<KillableWorld, "sql">,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<Subject, Row>> {
  const { rows } = await sql.query<Row>(rowsOfSubjects, [
    subjects.flatMap(({ vendor }) => vendor?.vendorId ?? []),
    subjects.flatMap(({ booking }) => booking?.bookingId ?? []),
  ]);
  const byName = new Map(rows.map((row) => [row.subject, row]));
  const found = new Map<Subject, Row>();
  for (const subject of subjects) {
    const row = byName.get(nameOf(subject));
    if (row !== undefined) found.set(subject, row);
  }
  return found;
}

/** What Stripe says it has done for the subject. */
async function doneAtStripe(world: KillableWorld, stripe: Stripe, of: Subject, row: Row): Promise<number> {
  const sum = (amounts: { readonly amount: number }[]) =>
    amounts.reduce((total, one) => total + one.amount, 0);
  switch (of.kind) {
    case "account": {
      const { data } = await stripe.accounts.list({ limit: 100 });
      return data.filter(({ metadata }) => metadata?.["vendor_id"] === of.vendor!.vendorId).length;
    }
    case "transfer": {
      const { accountId } = await of.vendor!.account();
      const sent = world.stripe.ledger().transfers.filter(({ destination }) => destination === accountId);
      return sum(sent.filter(({ currency }) => currency === of.currency.toLowerCase()));
    }
    case "reversal": {
      const { data } = await stripe.transfers.listReversals(row.id!, { limit: 100 });
      return sum(data.filter(({ metadata }) => metadata?.["booking_id"] === of.booking!.bookingId));
    }
    case "balance":
      return world
        .books(of.booking!)
        .filter(({ metadata }) => metadata["charge"] === "2")
        .reduce((total, { captured, refunded }) => total + captured - refunded, 0);
  }
}

function isOver(row: Row | undefined): row is Row {
  return row !== undefined && row.key === null && row.state !== "planned";
}

/** Waits until every subject has come to an end; says to which, also where one has not. */
export async function endsOf(
  world: KillableWorld,
  stripe: Stripe,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<Subject, End>> {
  const areOver = async () => {
    const rows = await rowsOf(world, subjects);
    return subjects.every((subject) => isOver(rows.get(subject)));
  };
  await until("every call to end", areOver, endsWithinMs).catch(() => undefined);
  const rows = await rowsOf(world, subjects);
  const ends = new Map<Subject, End>();
  for (const subject of subjects) {
    const row = rows.get(subject);
    if (!isOver(row)) ends.set(subject, { ours: "under way", atStripe: -1 });
    else {
      const ours = row.state === "sent" ? "done" : "refused";
      ends.set(subject, { ours, atStripe: await doneAtStripe(world, stripe, subject, row) });
    }
  }
  return ends;
}

/** The keys under which the subjects' calls are written down; undefined until all of them are. */
export async function keysOf(
  world: KillableWorld,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<Subject, string> | undefined> {
  const rows = await rowsOf(world, subjects);
  const keys = new Map([...rows].flatMap(([subject, { key }]) => (key === null ? [] : [[subject, key]])));
  return keys.size === subjects.length ? keys : undefined;
}

/** The fault that is to strike the call of this key. */
export function faultOf({ way }: Subject, key: string) {
  return { ...ways[way], key };
}

/** Nobody else can write these rows until the function that this returns is called. */
export async function lockRows(
  { sql }: Pick<KillableWorld, "sql">,
  table: "payout_accounts" | "payments",
  column: "vendor_id" | "booking_id",
  ids: readonly string[],
): Promise<() => Promise<void>> {
  const locker = await sql.connect();
  await locker.query("begin");
  await locker.query(`select from ${table} where ${column} = any($1) order by ${column} for update`, [ids]);
  return async () => {
    await locker.query("rollback");
    locker.release();
  };
}
