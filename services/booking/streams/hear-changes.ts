/**
 * How this process hears of what any replica did: from the bus, by a plain subscription that JetStream's messages reach,
 * too, and from the ledger of events while the bus is away. What is heard twice is told once.
 */
import type { Bus } from "@holdfast/chassis/bus";
import { idBefore, timeOfId } from "@holdfast/chassis/id-age";
import type { Logger } from "@holdfast/chassis/log";
import { every } from "@holdfast/chassis/sweep";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { hear } from "./change.ts";
import { changesSince } from "./past-changes.ts";
import type { Watches } from "./watches.ts";

export interface HearDeps {
  readonly db: Kysely<BookingTables>;
  readonly bus: Pick<Bus, "connected" | "nc" | "onConnect">;
  readonly log: Logger;
}

const subject = "booking.>";
const lookEveryMs = 2_000;
const pageMax = 1_000;
/** How long a broken connection goes unnoticed (two pings) and how late a transaction commits what it made an id for. */
const unnoticedMs = 20_000;
/** Older than what any stream waits for: a ledger that is published anew is not news. */
const newsMs = 600_000;

export interface Hearing extends AsyncDisposable {
  /** Subscribes, once and for as long as the process lives. */
  start(): void;
  /** Reads the ledger now, whether the bus is there or not. */
  look(): Promise<void>;
}

/** Ready to hear; nothing is subscribed to before the first stream. */
export function hearChanges({ db, bus, log }: HearDeps, watches: Watches): Hearing {
  let subscription: ReturnType<Bus["nc"]["subscribe"]> | undefined;
  let stopListening: (() => void) | undefined;
  /** Everything from before was heard on the bus, or read. */
  let coveredAt = Date.now();
  let awaySince = 0;

  const receive = (text: string) => {
    const heard = hear(text);
    if (heard === undefined || !watches.isWatched(heard)) return;
    const change = heard.read();
    if (Date.now() - timeOfId(change.id) < newsMs) watches.take(change);
  };
  const subscribe = () => {
    subscription ??= bus.nc.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) receive(message.string());
      },
    });
  };

  const look = async () => {
    const startedAt = Date.now();
    let since: string = idBefore("evt", 0, coveredAt - unnoticedMs);
    for (;;) {
      const page = await changesSince(db, since, watches.watched, pageMax);
      for (const change of page) watches.take(change);
      const last = page.at(-1);
      if (last === undefined || page.length < pageMax) break;
      since = last.id;
    }
    coveredAt = startedAt;
  };
  const lookWhileAway = async () => {
    if (!bus.connected) awaySince = Date.now();
    // What was published just before the connection stood again was not heard: it is looked for once more after it.
    const isBack = Date.now() - awaySince > unnoticedMs;
    if (isBack || watches.count === 0) coveredAt = Date.now();
    else await look();
  };
  const sweep = every({ name: "streams", intervalMs: lookEveryMs, work: lookWhileAway, log });

  return {
    start() {
      stopListening ??= bus.onConnect(subscribe);
      if (!bus.connected) awaySince = Date.now();
    },
    look,
    async [Symbol.asyncDispose]() {
      stopListening?.();
      subscription?.unsubscribe();
      await sweep[Symbol.asyncDispose]();
    },
  };
}
