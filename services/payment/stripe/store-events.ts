/** Stores Stripe's events as they came, each once, and says which still need work. */
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { CompiledQuery } from "kysely";
import type { EventOutcome, PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { Charges } from "../payments/payment.ts";
import { toCharges } from "../payments/payment-rows.ts";
import { type AboutEvent, isIgnored } from "./about-event.ts";
import { isOfErased } from "./erased-events.ts";
import { chargeOf, judge } from "./notice.ts";

/** An event with its text and what it tells. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  /** The body as received: valid JSON, as its signature check has parsed it. */
  readonly text: string;
  readonly about: AboutEvent;
}

export interface StoreDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
}

const insertText = `insert into stripe_events (id, type, booking_id, intent_id, payload, outcome, received_at, processed_at)
select id, type, booking_id, intent_id,
  case when processed_at is not null and ${isOfErased("came")} then '{}' else payload end,
  outcome, received_at, processed_at
from json_populate_recordset(null::stripe_events, $1) came on conflict (id) do nothing`;

/**
 * Nothing is done about what these tell, and what they tell is who a guest is: names, addresses, what their cards end in.
 * That it happened is kept, and no more, so that erasing a person has nothing to look for.
 */
const ofPeople = /^(?:customer|payment_method|setup_intent|mandate)\./;

/** The body goes into the parameter as the text it is: neither parsed nor written again. */
function rowText(event: ReceivedEvent, outcome: EventOutcome | null, nowAt: string): string {
  const columns = JSON.stringify({
    id: event.id,
    type: event.type,
    booking_id: event.about.bookingId,
    intent_id: event.about.notice?.intentId ?? null,
    outcome,
    received_at: nowAt,
    processed_at: outcome === null ? null : nowAt,
  });
  const isKept = outcome !== "ignored" || !ofPeople.test(event.type);
  return `${columns.slice(0, -1)},"payload":${isKept ? event.text : "{}"}}`;
}

/** Nearly every event tells what the answer to our own call has told already: then storing it is all there is to do. */
const settledAtOnce: ReadonlySet<EventOutcome> = new Set(["ignored", "known"]);

/** Outcome true: the event is stored and somebody has to act on it. */
export async function storeEvents(
  { transact, decider }: StoreDeps,
  items: readonly ReceivedEvent[],
): Promise<Outcome<boolean>[]> {
  const nowAt = decider.machineNow();
  const outcomes = await transact(async ({ tx }) => {
    const bookingIds = items.flatMap(({ about: { notice } }) => notice?.bookingId ?? []);
    let present: ReadonlyMap<string, Charges> = new Map();
    if (bookingIds.length > 0) {
      const rows = await tx
        .selectFrom("payments")
        .selectAll()
        .where("booking_id", "=", (eb) => eb.fn.any(eb.val(bookingIds)))
        .orderBy("charge")
        .execute();
      present = toCharges(rows);
    }
    const judged = items.map(({ about }) => {
      if (isIgnored(about)) return "ignored";
      const { notice } = about;
      if (notice === null) return null;
      const outcome = judge(chargeOf(present.get(notice.bookingId) ?? [], notice), notice);
      return settledAtOnce.has(outcome) ? outcome : null;
    });
    const rows = items.map((event, index) => rowText(event, judged[index] ?? null, nowAt));
    await tx.executeQuery(CompiledQuery.raw(insertText, [`[${rows.join(",")}]`]));
    return judged;
  });
  return outcomes.map((outcome) => ({ value: outcome === null }));
}
