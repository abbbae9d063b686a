/**
 * The cells of a matrix: one call to Stripe that goes wrong in one way, each for a booking of its own, so that all of
 * them go on at once. The test plays booking's part, as booking would answer to what payment tells.
 */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { paymentAuthorised, paymentDeclined } from "@holdfast/contracts/events/payment";
import { until } from "@holdfast/testkit/until";
import type { SwitchChanges } from "@holdfast/testkit/stripe/switches";
import { type KillableWorld, type TestBooking, totalMinor } from "../payment-service.fixture.ts";

const keepMinor = 3_000;
const endsWithinMs = 60_000;

/** The calls to Stripe about a charge that change something; two more read what became of one. */
export const changes = ["create", "capture", "cancel", "refund"] as const;
export type CellCall = (typeof changes)[number] | "look" | "find";

/** How a booking can end: paid once, nothing or `keepMinor` kept, or waiting for a person. */
export type End = "captured" | "given-back" | "parked";

type Fault = NonNullable<SwitchChanges["faults"]>[number];

/** Ways a call goes wrong, as the stand-in is told. */
export const faults = {
  refused: { outcome: "refused", status: 400 },
  "refused for good": { outcome: "refused", status: 400, times: 10_000 },
  "timed out before": { outcome: "timeout-before" },
  "timed out after it took effect": { outcome: "timeout-after" },
  "answered 500": { outcome: "failed", status: 500 },
  "answered 429": { outcome: "failed", status: 429 },
  "cut before": { outcome: "cut-before" },
  "cut after it took effect": { outcome: "cut-after" },
} as const satisfies Readonly<Record<string, Fault>>;
export type FaultName = keyof typeof faults;

/** One cell, with the booking it is about once that is prepared. */
export interface Cell {
  readonly call: CellCall;
  readonly fault: FaultName | null;
  readonly expected: End;
  readonly booking: TestBooking;
  intentId?: string;
}

/**
 * What has to become of it: only what Stripe refuses for good, or refuses to begin, ends otherwise than without a fault.
 * A refusal that was lost (`isLost`) comes again where Stripe keeps it under a key, and not where the call only reads.
 */
function expectedEnd(call: CellCall, fault: FaultName | null, isLost: boolean): End {
  const refused = fault === "refused" || fault === "refused for good";
  if (call === "create") return refused ? "given-back" : "captured";
  // What a look comes to, a refusal leaves unknown: a person, or a look a quarter of an hour later, finds out.
  if (fault === "refused for good" || (fault === "refused" && call === "look" && !isLost)) return "parked";
  return call === "capture" || call === "look" ? "captured" : "given-back";
}

/** A cell for a booking of its own; `isLost`: the answer does not outlive the process. */
export function cellOf(
  world: KillableWorld,
  [call, fault]: readonly [CellCall, FaultName | null],
  isLost: boolean,
): Cell {
  return { call, fault, expected: expectedEnd(call, fault, isLost), booking: world.book() };
}

/** Waits until all of the cells' charges are that far, with one question for all of them. */
async function allReach(
  world: KillableWorld,
  cells: readonly Cell[],
  status: "action-required" | "authorised" | "captured",
): Promise<void> {
  const areSo = async () => {
    const charges = await chargesOf(world, cells);
    return cells.every(({ booking }) => charges.get(booking.bookingId)?.status === status);
  };
  await until(`all charges to be ${status}`, areSo, 60_000);
}

/** Leads each booking to where its call is the next thing to happen. */
export async function prepare(world: KillableWorld, cells: readonly Cell[]): Promise<void> {
  const about = (...calls: readonly CellCall[]) => cells.filter(({ call }) => calls.includes(call));
  const [unpaid, paid, taken] = [about("look"), about("capture", "cancel", "refund"), about("refund")];
  await Promise.all([
    ...unpaid.map(({ booking }) => booking.held()),
    ...[...paid, ...about("find")].map(({ booking }) => booking.held("pm_card_visa")),
  ]);
  await allReach(world, unpaid, "action-required");
  await allReach(world, paid, "authorised");
  for (const cell of [...unpaid, ...paid]) cell.intentId = world.books(cell.booking)[0]!.id;
  await Promise.all(taken.map(({ booking }) => booking.confirmed()));
  await allReach(world, taken, "captured");
}

/** Has booking, or the guest, do what the call follows from. */
export async function trigger(world: KillableWorld, { booking, call, intentId }: Cell): Promise<void> {
  switch (call) {
    case "create":
      await booking.held("pm_card_visa");
      break;
    case "capture":
      await booking.confirmed();
      break;
    case "cancel":
      await booking.cancelled(0);
      break;
    case "refund":
      await booking.cancelled(keepMinor);
      break;
    case "find":
      await booking.expired();
      break;
    case "look": {
      const { clientSecret } = (await world.show(booking)).body;
      const paid = { client_secret: clientSecret, payment_method: "pm_card_visa" };
      if ((await world.guest("confirm", paid)) !== 200) throw new Error(`${intentId} could not be paid`);
      // Looks at who has yet to pay grow rare; this one's time has come.
      await world.sql.query(
        "update payments set next_attempt_at = now() where booking_id = $1 and call is null",
        [booking.bookingId],
      );
    }
  }
}

/** The names of keys differ from those of calls. */
const keyNames = { create: "authorise", capture: "capture", cancel: "void", refund: "refund" } as const;

/** Which calls of the cell the fault is to strike. */
export function faultOf({ call, fault, booking, intentId }: Cell): Fault[] {
  if (fault === null) return [];
  const struck = faults[fault];
  if (call === "find") return [{ ...struck, operation: "payment_intents.list" }];
  if (call === "look") return [{ ...struck, method: "GET", path: `/v1/payment_intents/${intentId}` }];
  return [{ ...struck, key: `booking:${booking.bookingId}:${keyNames[call]}:*` }];
}

interface ChargeRow {
  readonly booking_id: string;
  readonly status: string;
  readonly parked_reason: string | null;
  readonly purpose: string | null;
}

/** The charges of the cells' bookings, by booking. */
export async function chargesOf(
  world: KillableWorld,
  cells: readonly Cell[],
): Promise<Map<string, ChargeRow>> {
  const { rows } = await world.sql.query<ChargeRow>(
    "select booking_id, status, parked_reason, call ->> 'purpose' as purpose from payments where booking_id = any($1)",
    [cells.map(({ booking }) => booking.bookingId)],
  );
  return new Map(rows.map((row) => [row.booking_id, row]));
}

type Intents = ReturnType<KillableWorld["books"]>;

/** How the booking has ended by what Stripe and payment say; undefined while it has not. */
function endOf(cell: Cell, row: ChargeRow | undefined, intents: Intents): End | undefined {
  const sum = (of: "captured" | "refunded" | "capturable") =>
    intents.reduce((total, intent) => total + intent[of], 0);
  if (row === undefined) return undefined;
  if (row.parked_reason !== null) return "parked";
  if (row.purpose !== null || sum("capturable") > 0) return undefined;
  const kept = sum("captured") - sum("refunded");
  if (row.status === "captured") return kept === totalMinor && sum("refunded") === 0 ? "captured" : undefined;
  const wanted = cell.call === "refund" ? keepMinor : 0;
  const isOver = ["refunded", "voided", "declined"].includes(row.status);
  const isOpen = intents.some(({ status }) => status.startsWith("requires_"));
  return isOver && !isOpen && kept === wanted ? "given-back" : undefined;
}

/** Answers as booking does to what payment tells, until every booking has ended; says how. */
export async function playOn(
  world: KillableWorld,
  cells: readonly Cell[],
): Promise<ReadonlyMap<Cell, End | "nowhere">> {
  const said = new Set<string>();
  const ends = new Map<Cell, End>();
  const once = async (cell: Cell, what: string, say: () => Promise<unknown>) => {
    const name = `${cell.booking.bookingId} ${what}`;
    if (said.has(name)) return;
    said.add(name);
    await say();
  };
  const toldOf = async <D extends { readonly bookingId: string }>(event: EventDefinition<D>) =>
    new Set((await world.tap.collected(event)).map(({ data }) => data.bookingId));
  const step = async () => {
    const charges = await chargesOf(world, cells);
    // Read once for all cells: it is everything there is at Stripe.
    const intents = Map.groupBy(world.stripe.ledger().intents, ({ metadata }) => metadata["booking_id"]);
    const [authorised, declined] = [await toldOf(paymentAuthorised), await toldOf(paymentDeclined)];
    for (const cell of cells) {
      const { booking, call } = cell;
      if (declined.has(booking.bookingId)) await once(cell, "declined", () => booking.declined());
      else if (authorised.has(booking.bookingId)) {
        if (call === "create" || call === "look") await once(cell, "confirmed", () => booking.confirmed());
        if (call === "find") await once(cell, "late", () => booking.expired(true));
      }
      const end = endOf(cell, charges.get(booking.bookingId), intents.get(booking.bookingId) ?? []);
      if (end === undefined) ends.delete(cell);
      else ends.set(cell, end);
    }
    return cells.every((cell) => ends.get(cell) === cell.expected);
  };
  await until("every booking to end", step, endsWithinMs).catch(() => undefined);
  return new Map(cells.map((cell) => [cell, ends.get(cell) ?? "nowhere"]));
}
