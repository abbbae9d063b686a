/** Takes back what a vendor was sent for money that has gone back to the guest since, as far as anything is left of it. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Id, newId } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { lockAccount } from "../payouts/account-rows.ts";
import { type TakeBack, takeBacks } from "./take-back.ts";
import { type TransferDeps, transferJobs } from "./transfer-calls.ts";
import { insertTransfer, openItemsMax, toOpenItem, toTransfer, writeTransfer } from "./transfer-rows.ts";
import { newTransfer, type Transfer } from "./transfer.ts";

type Unit = UnitOfWork<PaymentTables>;

/** Vendors and bookings of each looked at in one run of the sweep at most. */
const vendorsMax = 50;
const bookingsMax = 100;
/** Transfers that paid for one booking: its settlement and each later one may have gone with another. */
const transfersMax = 100;

/** Whether a transfer that may have paid for the booking was sent is not known yet: then it waits. */
const isUndecided = sql<boolean>`exists (
  select from vendor_items other join transfers t on t.id = other.transfer_id
  where other.booking_id = i.booking_id and t.state = 'planned')`;

async function owingVendors(db: Kysely<PaymentTables>): Promise<Id<"vnd">[]> {
  const { rows } = await sql<{ vendor_id: Id<"vnd"> }>`
    select distinct i.vendor_id from vendor_items i
    where i.amount_minor < 0 and i.transfer_id is null and not i.took_back and not ${isUndecided}
    order by i.vendor_id limit ${vendorsMax}`.execute(db);
  return rows.map((row) => row.vendor_id);
}

interface Owing {
  readonly booking_id: Id<"bkg"> | null;
  readonly currency: string;
}

/** Marks what the vendor owes as decided; gives the bookings it owes it for. */
async function markDecided({ tx }: Unit, vendorId: Id<"vnd">): Promise<Owing[]> {
  const { rows } = await sql<Owing>`
    with decided as (
      select i.transaction_id from vendor_items i
      where i.vendor_id = ${vendorId} and i.amount_minor < 0 and i.transfer_id is null and not i.took_back
        and not ${isUndecided}
      order by i.transaction_id limit ${bookingsMax} for update
    ), marked as (
      update vendor_items i set took_back = true from decided d where i.transaction_id = d.transaction_id
      returning i.booking_id, i.currency
    )
    select distinct booking_id, currency from marked order by booking_id, currency`.execute(tx);
  return rows;
}

async function openItemsOf({ tx }: Unit, bookingId: Id<"bkg">, currency: string) {
  const rows = await tx
    .selectFrom("vendor_items")
    .selectAll()
    .where("booking_id", "=", bookingId)
    .where("currency", "=", currency)
    .where("transfer_id", "is", null)
    .limit(openItemsMax)
    .execute();
  return rows.map(toOpenItem);
}

/** What was sent for the booking, and how much is being taken back for it already. */
async function sentFor({ tx }: Unit, bookingId: Id<"bkg">, currency: string) {
  const { rows } = await sql<{ transfer_id: Id<"trf"> }>`
    select distinct transfer_id from vendor_items
    where booking_id = ${bookingId} and currency = ${currency} and transfer_id is not null
    order by transfer_id limit ${transfersMax}`.execute(tx);
  const ids = rows.map((row) => row.transfer_id);
  const sent = await tx
    .selectFrom("transfers")
    .selectAll()
    .where("id", "=", (eb) => eb.fn.any(eb.val(ids)))
    .where("state", "=", "sent")
    .orderBy("id")
    .forUpdate()
    .execute();
  const underWay = await tx
    .selectFrom("transfers")
    .select("amount_minor")
    .where("vendor_id", "=", (eb) => eb.fn.any(eb.val(sent.map((row) => row.vendor_id))))
    .where("kind", "=", "reversal")
    .where("booking_id", "=", bookingId)
    .where("currency", "=", currency)
    .where("state", "=", "planned")
    .limit(transfersMax)
    .execute();
  return {
    sent: sent.map(toTransfer),
    underWayMinor: underWay.reduce((sum, row) => sum + row.amount_minor, 0),
  };
}

/** Writes a reversal down, and that this much of its transfer is being taken back. */
async function planReversal(
  { decider }: TransferDeps,
  unit: Unit,
  bookingId: Id<"bkg">,
  { of, payableMinor, taxMinor }: TakeBack,
): Promise<Transfer> {
  const reversal = newTransfer(
    {
      id: newId("trf"),
      vendorId: of.vendorId,
      accountId: of.accountId,
      currency: of.currency,
      payableMinor,
      taxMinor,
      reverses: { transferId: of.id, providerId: of.providerId ?? "", bookingId },
      createdAt: decider.now().toString(),
    },
    decider.circumstances(),
  );
  const reversingMinor = of.reversingMinor + reversal.amountMinor;
  await writeTransfer(unit, { ...of, reversingMinor }, decider.machineNow());
  await insertTransfer(unit, reversal);
  return reversal;
}

/** Decides, vendor by vendor, what is to be taken back. Is there perhaps more? */
export async function planReversals(deps: TransferDeps): Promise<boolean> {
  const { db, transact, written } = deps;
  const vendorIds = await owingVendors(db);
  for (const vendorId of vendorIds) {
    await transact(async (unit) => {
      await lockAccount(unit, vendorId);
      for (const { booking_id: bookingId, currency } of await markDecided(unit, vendorId)) {
        if (bookingId === null) continue;
        const { sent, underWayMinor } = await sentFor(unit, bookingId, currency);
        const open = await openItemsOf(unit, bookingId, currency);
        for (const each of takeBacks(open, sent, underWayMinor)) {
          const reversal = await planReversal(deps, unit, bookingId, each);
          unit.afterCommit(() => written.begin(transferJobs(deps, reversal)));
        }
      }
    });
  }
  return vendorIds.length === vendorsMax;
}
