/**
 * Publishes the outbox. Right after its commit a row is published by the process that wrote it; what a crash or an
 * outage left is found by a sweep; and when the stream has lost events, the whole ledger is published under a new epoch.
 * Publishing twice is harmless (`Nats-Msg-Id`, inbox), so nothing here is coordinated between replicas.
 */
import type { Emitter } from "@holdfast/contracts/define-event";
import type { Kysely } from "kysely";
import { BusUnavailable, type Bus } from "./bus.ts";
import type { ChassisTables } from "./database.ts";
import { startSendSpan } from "./event-spans.ts";
import { ledgerRows, moveRepublishCursor, republishCursor, sweepLedger, unpublishedRows } from "./ledger.ts";
import type { Logger } from "./log.ts";
import type { Count, Metrics } from "./metrics.ts";
import type { Outbox, OutboxRow } from "./outbox.ts";
import { PublishMarks } from "./publish-marks.ts";
import { Publisher } from "./publisher.ts";
import { type StreamOptions, StreamGuard, ledgerAgeMs } from "./stream-guard.ts";
import { type Sweep, every } from "./sweep.ts";
import { type Span, type Telemetry, noTelemetry } from "./telemetry.ts";

export interface RelayOptions<DB extends ChassisTables> {
  readonly db: Kysely<DB>;
  readonly bus: Bus;
  /** The service, whose stream this is. */
  readonly emitter: Emitter;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  /** Records nothing where not given. */
  readonly telemetry?: Telemetry;
  readonly stream?: StreamOptions;
  /** False leaves committed rows to the sweep, as a crash between commit and publishing does; true where not said. */
  readonly publishAtOnce?: boolean;
  /** Pause between two looks at the stream and two sweeps, in ms. */
  readonly guardIntervalMs?: number;
  readonly sweepIntervalMs?: number;
  /** Events sent and not answered at most; 4,096 where not said. */
  readonly inFlightMax?: number;
}

export interface Relay extends Outbox, AsyncDisposable {
  /** Publishes what is unpublished, however young. Rejects while NATS or Postgres is away. */
  sweepNow(): Promise<void>;
  /** Looks at the stream now. */
  checkStream(): Promise<void>;
  /** Waits for what is in flight and writes it down; new rows are left to the next process's sweep. */
  drain(): Promise<void>;
}

const pageRows = 500;
/** Rows younger than this are on their way already. */
const graceMs = 1_000;
const ledgerSweepIntervalMs = 60_000;
const ledgerSweepRows = 5_000;

/** Starts it; NATS and Postgres may still be away. */
export function startRelay<DB extends ChassisTables>(options: RelayOptions<DB>): Relay {
  return new OutboxRelay(options);
}

class OutboxRelay<DB extends ChassisTables> implements Relay {
  readonly #options: RelayOptions<DB>;
  readonly #guard: StreamGuard<DB>;
  readonly #marks: PublishMarks<DB>;
  readonly #published: Count<"outcome"> | undefined;
  readonly #sweeps: readonly Sweep[];
  readonly #sweep: Sweep;
  readonly #guarding: Sweep;
  readonly #stopListening: () => void;
  readonly #telemetry: Telemetry;
  /** Events sent and not answered, with what is recorded of them. */
  readonly #inFlight = new Map<string, Span | null>();
  #publisher: Publisher | null = null;
  /** The stream has been seen on this connection. */
  #ready = false;
  #draining = false;
  #failures = 0;

  constructor(options: RelayOptions<DB>) {
    this.#options = options;
    this.#telemetry = options.telemetry ?? noTelemetry();
    const { db, bus, emitter, log, metrics } = options;
    this.#guard = new StreamGuard({ ...options.stream, db, bus, emitter, log });
    this.#marks = new PublishMarks({ db, stream: this.#guard.stream, log });
    this.#published = metrics?.counter({
      name: "outbox_events_total",
      help: "Events sent to the bus, by what became of them.",
      labels: ["outcome"],
    });
    this.#guarding = every({
      name: "stream guard",
      intervalMs: options.guardIntervalMs ?? 2_000,
      log,
      work: () => this.#check(),
    });
    this.#sweep = every({
      name: "outbox",
      intervalMs: options.sweepIntervalMs ?? 1_000,
      log,
      work: () => this.#publishUnpublished(graceMs),
    });
    const ageing = every({
      name: "ledger",
      intervalMs: ledgerSweepIntervalMs,
      log,
      work: async () => (await sweepLedger(db, ledgerAgeMs, ledgerSweepRows)) === ledgerSweepRows,
    });
    this.#sweeps = [this.#guarding, this.#sweep, ageing];
    this.#stopListening = bus.onConnect(() => this.#onConnect());
  }

  publishAtOnce(rows: readonly OutboxRow[]): void {
    if (
      this.#options.publishAtOnce === false ||
      this.#draining ||
      !this.#ready ||
      !this.#options.bus.connected
    )
      return;
    for (const row of rows) this.#publish(row);
  }

  async sweepNow(): Promise<void> {
    await this.#guarding.runNow();
    await this.#publishUnpublished(0);
  }

  checkStream(): Promise<void> {
    return this.#guarding.runNow();
  }

  async drain(): Promise<void> {
    this.#draining = true;
    await this.#publisher?.settled();
    await this.#marks.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
    this.#stopListening();
    await Promise.all(this.#sweeps.map((sweep) => sweep[Symbol.asyncDispose]()));
    this.#publisher?.close();
    await this.#marks.flush();
  }

  #onConnect(): void {
    this.#ready = false;
    this.#publisher?.close();
    const { nc, inboxPrefix } = this.#options.bus;
    this.#publisher = new Publisher({
      nc,
      inboxPrefix,
      inFlightMax: this.#options.inFlightMax,
      onStored: (id, seq) => {
        this.#inFlight.get(id)?.end();
        this.#inFlight.delete(id);
        this.#marks.add(id, seq, this.#guard.epoch);
        this.#published?.add({ outcome: "stored" });
      },
      onFailed: (id, reason) => this.#onFailed(id, reason),
    });
    this.#lookAtOnce();
  }

  #lookAtOnce(): void {
    this.#guarding.runNow().catch((error: unknown) => {
      if (!this.#draining) this.#options.log.warn({ err: error }, "the stream could not be looked at");
    });
  }

  #onFailed(id: string, reason: string): void {
    this.#inFlight.get(id)?.end(new Error(reason));
    this.#inFlight.delete(id);
    this.#failures += 1;
    this.#published?.add({ outcome: "failed" });
    if (!this.#ready) return;
    // Nobody took it: the stream may be gone. Until it has been looked at, nothing more is sent.
    this.#options.log.warn({ event: id, reason }, "an event could not be published; it will be again");
    this.#ready = false;
    if (!this.#draining) this.#lookAtOnce();
  }

  /** False where there was no room: the row was not sent. */
  #publish(row: OutboxRow): boolean {
    if (this.#inFlight.has(row.id)) return true;
    if (!this.#publisher?.publish(row, this.#guard.epoch)) return false;
    this.#inFlight.set(row.id, startSendSpan(this.#telemetry, row));
    return true;
  }

  async #check(): Promise<void> {
    if (!this.#options.bus.connected) return;
    const wasReady = this.#ready;
    // A stream that lost what is acknowledged and not yet written down would look whole: it is as far as is remembered.
    await this.#marks.flush();
    await this.#guard.check();
    this.#ready = true;
    await this.#republish();
    // What waited for the connection need not wait for its grace as well.
    if (!wasReady && !this.#draining) await this.#publishUnpublished(0);
  }

  /** Publishes every unpublished row older than that, a page at a time; stops where the bus does not take them. */
  async #publishUnpublished(olderThanMs: number): Promise<void> {
    const { db, bus } = this.#options;
    let after = "";
    while (this.#ready && bus.connected && !this.#draining) {
      const rows = await unpublishedRows(db, { after, graceMs: olderThanMs, limit: pageRows });
      const unmarked = rows.filter((row) => !this.#marks.has(row.id));
      if (!(await this.#publishPage(unmarked)) || rows.length < pageRows) return;
      after = rows.at(-1)!.id;
    }
  }

  /** Publishes the ledger of a new epoch, from where this or another process left it. */
  async #republish(): Promise<void> {
    const { db } = this.#options;
    const { stream } = this.#guard;
    for (;;) {
      const cursor = await republishCursor(db, stream);
      if (cursor === null || cursor.epoch !== this.#guard.epoch || this.#draining) return;
      const rows = await ledgerRows(db, { after: cursor.after, limit: pageRows });
      if (!(await this.#publishPage(rows))) return;
      await moveRepublishCursor(db, stream, cursor.epoch, rows.length < pageRows ? null : rows.at(-1)!.id);
    }
  }

  /** Sends the rows and waits for their answers; true where all of them are stored. */
  async #publishPage(rows: readonly OutboxRow[]): Promise<boolean> {
    const publisher = this.#publisher;
    if (!publisher) throw new BusUnavailable("not connected to NATS yet");
    const failuresBefore = this.#failures;
    for (const row of rows) {
      // A row left out here would count as stored; commits publish at the same time and take room too.
      while (!this.#publish(row)) {
        await publisher.settled();
        if (publisher !== this.#publisher || this.#draining) return false;
      }
    }
    if (rows.length > 0) await publisher.settled();
    return this.#failures === failuresBefore && publisher === this.#publisher;
  }
}
