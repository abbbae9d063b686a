/** What is true of booking's tables at every moment, whatever is going on: read in one snapshot, checked apart from it. */
import type pg from "pg";
import { type TakesTime, timesByCalendar } from "./calendar/exchange-times.ts";
import type { TakenTime } from "./calendar/check-time.ts";
import type { WantedTime } from "./calendar/free-units.ts";
import type { BookingRow } from "./database.ts";

interface Allocated {
  readonly owner: string;
  readonly calendar_id: number;
  readonly unit: number;
  readonly from: number;
  readonly to: number;
}

interface StormResource {
  readonly calendar_id: number;
  readonly resource_id: string;
  readonly capacity: number;
  /** Buffers, in minutes. */
  readonly before: number;
  readonly after: number;
}

interface Waiting {
  readonly entry_id: string;
  readonly resource_id: string;
  readonly from: number;
  readonly to: number;
  readonly quantity: number;
}

/** What the invariants say of a booking. */
type StormBooking = TakesTime &
  Pick<
    BookingRow,
    "booking_id" | "status" | "version" | "lines" | "total_minor" | "keep_minor" | "promotion_id" | "change"
  > & { readonly was_confirmed: boolean; readonly history: number };

/** Booking's tables as of one moment. */
export interface StormSnapshot {
  readonly bookings: readonly StormBooking[];
  readonly allocations: readonly Allocated[];
  /** By calendar. */
  readonly resources: ReadonlyMap<number, StormResource>;
  readonly waiting: readonly Waiting[];
  readonly uses: readonly { readonly booking_id: string }[];
  readonly promotions: readonly {
    readonly uses: number;
    readonly counted: number;
    readonly retaken: number;
    readonly most: number;
  }[];
  /** Rows that must not be there at all, each with what it says. */
  readonly odd: readonly { readonly what: string }[];
}

const queries = {
  // It is read again and again while the storm rages: no more of it than is looked at.
  bookings: `select calendar_id, during, quantity, also, booking_id, status, version, lines, promotion_id, change,
      total_minor::integer, keep_minor::integer,
      exists (select from timeline t where t.booking_id = b.booking_id and t.what = 'confirmed') as was_confirmed,
      (select count(*)::integer from timeline t where t.booking_id = b.booking_id and t.version <= b.version) as history
    from bookings b`,
  allocations: `select coalesce(booking_id, block_id) as owner, calendar_id, unit,
      (extract(epoch from lower(during)) * 1000)::float8 as "from",
      (extract(epoch from upper(during)) * 1000)::float8 as "to" from allocations`,
  resources: `select calendar_id, resource_id, (snapshot->'rules'->>'capacity')::integer as capacity,
      (snapshot->'rules'->>'bufferBeforeMinutes')::integer as before,
      (snapshot->'rules'->>'bufferAfterMinutes')::integer as after from calendars join resources using (resource_id)`,
  waiting: `select entry_id, resource_id, quantity, (extract(epoch from starts_at) * 1000)::float8 as "from",
      (extract(epoch from ends_at) * 1000)::float8 as "to" from waitlist where state = 'waiting'`,
  uses: "select booking_id from promotion_uses",
  promotions: `select uses, (select count(*)::integer from promotion_uses u where u.promotion_id = p.promotion_id) as counted,
      (select count(*)::integer from bookings b join timeline t using (booking_id)
        where b.promotion_id = p.promotion_id and t.detail->>'afterExpiry' = 'true') as retaken,
      (terms->>'maximumUses')::integer as most from promotions p`,
  odd: `select 'announced twice: ' || concat_ws(' ', envelope->>'type', envelope->>'subject', envelope->>'aggregateversion') as what
      from outbox group by envelope->>'type', envelope->>'subject', envelope->>'aggregateversion' having count(*) > 1
    union all select 'an offer is not of its guest: ' || w.entry_id from waitlist w join bookings b using (booking_id)
      where b.customer_id <> w.customer_id or b.resource_id <> w.resource_id`,
} as const;

/** Everything that the invariants are about, as of one moment: asked for at once, it costs the storm little. */
export async function readSnapshot(pool: pg.Pool): Promise<StormSnapshot> {
  const all = Object.values(queries).join(";");
  const text = `begin transaction isolation level repeatable read read only; ${all}; commit`;
  const [, ...results] = (await pool.query(text)) as unknown as readonly pg.QueryResult[];
  const read = <T>(name: keyof typeof queries) => results[Object.keys(queries).indexOf(name)]!.rows as T[];
  return {
    bookings: read<StormBooking>("bookings"),
    allocations: read<Allocated>("allocations"),
    resources: new Map(read<StormResource>("resources").map((row) => [row.calendar_id, row])),
    waiting: read<Waiting>("waiting"),
    uses: read<{ booking_id: string }>("uses"),
    promotions: read<StormSnapshot["promotions"][number]>("promotions"),
    odd: read<{ what: string }>("odd"),
  };
}

/** Everything that is wrong in the snapshot, in words; nothing where all is well. */
export function whatIsWrong(snapshot: StormSnapshot): string[] {
  return [
    ...snapshot.odd.map((one) => one.what),
    ...overbooked(snapshot),
    ...wronglyAllocated(snapshot),
    ...passedOver(snapshot),
    ...wrongUses(snapshot),
    ...wrongMoney(snapshot),
  ];
}

const overStatuses: ReadonlySet<string> = new Set(["declined", "expired", "cancelled"]);

/** How many units are taken at a moment. */
function takenAt(taken: readonly WantedTime[], at: number): number {
  return taken.reduce((sum, one) => sum + (one.from <= at && at < one.to ? one.quantity : 0), 0);
}

/** The allocations of one calendar, or of one owner on it. */
function taking({ allocations }: StormSnapshot, calendarId: number, owner?: string): WantedTime[] {
  return allocations
    .filter((one) => one.calendar_id === calendarId && (owner === undefined || one.owner === owner))
    .map(({ from, to }) => ({ from, to, quantity: 1 }));
}

function overbooked(snapshot: StormSnapshot): string[] {
  return [...snapshot.resources].flatMap(([calendarId, { capacity }]) => {
    const taken = taking(snapshot, calendarId);
    return taken.flatMap(({ from }) =>
      takenAt(taken, from) > capacity
        ? [
            `calendar ${calendarId} has ${takenAt(taken, from)} of ${capacity} taken at ${new Date(from).toISOString()}`,
          ]
        : [],
    );
  });
}

/** Whoever stands has at every moment what their booking says, or what it will say if that is more; nobody else has anything. */
function wronglyAllocated(snapshot: StormSnapshot): string[] {
  const known = new Set(snapshot.bookings.map((one) => one.booking_id as string));
  const strange = snapshot.allocations.filter(
    (one) => !one.owner.startsWith("blk_") && !known.has(one.owner),
  );
  const wrong = snapshot.bookings.flatMap((booking) => {
    const isOver = overStatuses.has(booking.status);
    const now = isOver ? new Map<number, WantedTime[]>() : timesByCalendar(booking);
    const then = booking.change
      ? timesByCalendar({ ...booking, ...booking.change })
      : new Map<number, WantedTime[]>();
    return [...snapshot.resources.keys()].flatMap((calendarId) => {
      const has = taking(snapshot, calendarId, booking.booking_id);
      const [wants, will] = [now.get(calendarId) ?? [], then.get(calendarId) ?? []];
      const turns = [...has, ...wants, ...will].flatMap(({ from, to }) => [from, to]);
      const isWrong = turns.some(
        (at) => takenAt(has, at) !== Math.max(takenAt(wants, at), takenAt(will, at)),
      );
      return isWrong
        ? [`${booking.booking_id} (${booking.status}) has not what it says on ${calendarId}`]
        : [];
    });
  });
  return [...strange.map((one) => `${one.owner} has a unit and is no booking`), ...wrong];
}

/** What is free is offered by whoever frees it: nobody waits for it. */
function passedOver(snapshot: StormSnapshot): string[] {
  return snapshot.waiting.flatMap(({ entry_id, resource_id, from, to, quantity }) => {
    const free = leftOf(snapshot, resource_id, { from, to });
    return free >= quantity ? [`${entry_id} waits for ${quantity} where ${free} are free`] : [];
  });
}

/** How many units of a resource are free for all of a time and its buffers. */
export function leftOf(snapshot: StormSnapshot, resourceId: string, time: TakenTime): number {
  const [calendarId, resource] = [...snapshot.resources].find(([, one]) => one.resource_id === resourceId)!;
  const from = time.from - resource.before * 60_000;
  const to = time.to + resource.after * 60_000;
  const taken = taking(snapshot, calendarId).filter((one) => one.from < to && from < one.to);
  const turns = [from, ...taken.map((one) => Math.max(one.from, from))];
  return resource.capacity - Math.max(...turns.map((at) => takenAt(taken, at)));
}

function wrongUses({ promotions, uses, bookings }: StormSnapshot): string[] {
  const using = new Set(uses.map((one) => one.booking_id));
  return [
    ...promotions.flatMap(({ uses: said, counted, retaken, most }) =>
      said === counted && counted <= most + retaken
        ? []
        : [`a code says ${said} uses, has ${counted}, of ${most}`],
    ),
    ...bookings.flatMap(({ booking_id, promotion_id, status, was_confirmed }) => {
      const stands = !overStatuses.has(status) || (status === "cancelled" && was_confirmed);
      const uses = promotion_id !== null && stands;
      return uses === using.has(booking_id)
        ? []
        : [`${booking_id} (${status}) ${uses ? "uses" : "does not use"} its code`];
    }),
  ];
}

function wrongMoney({ bookings }: StormSnapshot): string[] {
  return bookings.flatMap(({ booking_id, status, keep_minor, total_minor, version, history, lines }) => {
    const added = lines.reduce((sum, line) => sum + (line.included ? 0 : line.amountMinor), 0);
    const kept = status === "declined" || status === "expired" ? 0 : total_minor;
    const isKept = status === "cancelled" ? keep_minor <= total_minor : keep_minor === kept;
    return [
      ...(added === total_minor ? [] : [`${booking_id} costs ${total_minor}, its lines ${added}`]),
      ...(isKept ? [] : [`${booking_id} (${status}) is to keep ${keep_minor} of ${total_minor}`]),
      ...(history === version
        ? []
        : [`${booking_id} has ${history} entries of history at version ${version}`]),
    ];
  });
}
