/**
 * All streams of a process, and what is told to them. Whoever made a change, every replica hears of it on the bus; in a
 * tick the bookings that changed are read with one query, and each stream is given what it watches.
 */
import type { Clock } from "@holdfast/chassis/clock";
import type { Logger } from "@holdfast/chassis/log";
import type { Caller } from "@holdfast/chassis/tokens";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { bookingView } from "../bookings/booking-view.ts";
import { visibleBooking } from "../bookings/read-bookings.ts";
import type { BookingTables } from "../database.ts";
import { tooManyStreams } from "../problems.ts";
import { inOrder, type Change, type HeardEvent } from "./change.ts";
import type { Of } from "./past-changes.ts";
import { Watch } from "./watch.ts";

export interface WatchDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly log: Logger;
}

const streamsMax = 2_000;
const streamsOfAccountMax = 10;
/** When one of them ends nobody knows; a client that was merely cut off has long been missed by then. */
const retryAfterSeconds = 10;
/** Changes that arrive within it are read together. */
const tickMs = 10;
const retryMs = 500;
const pendingMax = 20_000;
const rememberedMax = 20_000;
/** For how long somebody who is not the guest is believed to be one of the vendor's people still. */
const believedMs = 4_000;

export class Watches {
  readonly #deps: WatchDeps;
  /** By booking or guest. */
  readonly #watching = new Map<string, Set<Watch>>();
  readonly #ofAccount = new Map<string, number>();
  /** Changes that were told already: one heard twice, from the bus and from the ledger, is told once. */
  readonly #known = new LRUCache<string, true>({ max: rememberedMax });
  #pending: Change[] = [];
  /** Is a tick to come that takes what is pending along? */
  #isTicking = false;
  #count = 0;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  get count(): number {
    return this.#count;
  }

  /** What is watched, for one query for all of them. */
  get watched(): { readonly bookingIds: string[]; readonly customerIds: string[] } {
    const keys = [...this.#watching.keys()];
    return {
      bookingIds: keys.filter((key) => key.startsWith("bkg_")),
      customerIds: keys.filter((key) => key.startsWith("usr_")),
    };
  }

  /** Takes changes for it from now on, until it is forgotten. @throws tooManyStreams */
  open(caller: Caller, of: Of): Watch {
    const mine = this.#ofAccount.get(caller.userId) ?? 0;
    if (this.#count >= streamsMax || mine >= streamsOfAccountMax)
      throw tooManyStreams(undefined, { headers: { "retry-after": String(retryAfterSeconds) } });
    const key = keyOf(of);
    const watch = new Watch({ caller, of }, () => this.#forget(watch, key));
    this.#watching.set(key, (this.#watching.get(key) ?? new Set()).add(watch));
    this.#ofAccount.set(caller.userId, mine + 1);
    this.#count += 1;
    return watch;
  }

  isWatched({ bookingId, customerId }: Pick<HeardEvent, "bookingId" | "customerId">): boolean {
    return this.#watching.has(bookingId) || this.#watching.has(customerId);
  }

  /** Takes a change, from wherever it was heard of. */
  take(change: Change): void {
    if (!this.isWatched(change) || this.#known.has(change.id)) return;
    this.#known.set(change.id, true);
    if (this.#pending.length >= pendingMax) return this.#cutAll();
    this.#pending.push(change);
    if (!this.#isTicking) this.#tick(tickMs);
  }

  /** Cuts every stream off: their clients come back and are told what they missed. */
  #cutAll(): void {
    this.#pending = [];
    for (const watches of this.#watching.values()) for (const watch of watches) watch.cut();
  }

  #tick(afterMs: number): void {
    this.#isTicking = true;
    setTimeout(() => void this.#tell(), afterMs);
  }

  async #tell(): Promise<void> {
    const changes = this.#count === 0 ? [] : this.#pending;
    this.#pending = [];
    let views: ReadonlyMap<Id<"bkg">, string>;
    try {
      views = await this.readViews(changes);
    } catch (error) {
      this.#deps.log.warn({ err: error }, "bookings could not be read for their streams; trying again");
      this.#pending = [...changes, ...this.#pending];
      this.#tick(retryMs);
      return;
    }
    for (const change of inOrder(changes)) await this.#hand(change, views.get(change.bookingId));
    if (this.#pending.length > 0) this.#tick(tickMs);
    else this.#isTicking = false;
  }

  /** The bookings as they stand, each as one line of JSON. */
  async readViews(changes: readonly Pick<Change, "bookingId">[]): Promise<Map<Id<"bkg">, string>> {
    const ids = [...new Set(changes.map((change) => change.bookingId))];
    if (ids.length === 0) return new Map();
    const rows = await this.#deps.db
      .selectFrom("bookings")
      .selectAll()
      .where(sql<boolean>`booking_id = any(${ids})`)
      .execute();
    const now = this.#deps.clock.now();
    return new Map(rows.map((row) => [row.booking_id, JSON.stringify(bookingView(row, now))]));
  }

  async #hand(change: Change, view: string | undefined): Promise<void> {
    if (view === undefined) return;
    for (const key of [change.bookingId, change.customerId]) {
      for (const watch of this.#watching.get(key) ?? []) {
        if (await this.#maySee(watch, change)) watch.take({ change, view });
        else watch.end();
      }
    }
  }

  /** Where that cannot be found out now, the client comes back and is asked anew. */
  async #maySee(watch: Watch, { bookingId, customerId }: Change): Promise<boolean> {
    if (watch.caller.userId === customerId || performance.now() - watch.seenAt < believedMs) return true;
    const seen = await visibleBooking(this.#deps.db, bookingId, watch.caller).catch(() => null);
    watch.seenAt = performance.now();
    return seen !== null;
  }

  #forget(watch: Watch, key: string): void {
    const together = this.#watching.get(key);
    if (together?.delete(watch) !== true) return;
    if (together.size === 0) this.#watching.delete(key);
    const left = (this.#ofAccount.get(watch.caller.userId) ?? 1) - 1;
    if (left === 0) this.#ofAccount.delete(watch.caller.userId);
    else this.#ofAccount.set(watch.caller.userId, left);
    this.#count -= 1;
  }
}

const keyOf = (of: Of) => ("bookingId" in of ? of.bookingId : of.customerId);
