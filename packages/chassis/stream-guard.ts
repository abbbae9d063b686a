/**
 * Guards the service's own stream: makes it, and notices when it has lost events.
 * A stream that is missing, was created anew, or whose last sequence went back starts a new epoch, under which the
 * ledger is published again. What a stream was is remembered in Postgres, so it is noticed after any restart.
 */
import { type Emitter, streams } from "@holdfast/contracts/define-event";
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { type Kysely, sql } from "kysely";
import type { Bus } from "./bus.ts";
import type { ChassisTables } from "./database.ts";
import type { Logger } from "./log.ts";

export interface StreamOptions {
  /** How long messages stay in the stream, in ms; 7 days where not said. */
  readonly maxAgeMs?: number;
  /** Copies of the stream in a cluster; 1 where not said. */
  readonly replicas?: number;
}

export interface StreamGuardOptions<DB extends ChassisTables> extends StreamOptions {
  readonly db: Kysely<DB>;
  readonly bus: Bus;
  readonly emitter: Emitter;
  readonly log: Logger;
}

interface Recorded {
  readonly epoch: number;
  readonly created: string;
  readonly lastSeq: number;
}

const dayMs = 86_400_000;
const duplicateWindowMs = 120_000;
const streamNotFound = 10_059;

/** How long a ledger row and a stream's message are kept, in ms. */
export const ledgerAgeMs = 7 * dayMs;

export class StreamGuard<DB extends ChassisTables> {
  readonly stream: string;
  /** Part of the message ids from the second epoch on; 0 until the stream has been seen. */
  epoch = 0;
  readonly #options: StreamGuardOptions<DB>;

  constructor(options: StreamGuardOptions<DB>) {
    this.#options = options;
    this.stream = streams[options.emitter].stream;
  }

  /**
   * Looks at the stream and compares it with what is remembered. Says whether the ledger has to be published again.
   * The memory is read before the stream: a sequence can then only have grown between the two.
   */
  async check(): Promise<boolean> {
    const { bus, log } = this.#options;
    const recorded = await this.#recorded();
    const found = await this.#info(bus.jsm);
    const info = found ?? (await this.#make(bus.jsm));
    if (!recorded) {
      this.epoch = await this.#remember(info);
      return false;
    }
    this.epoch = recorded.epoch;
    const last = info.state.last_seq;
    if (found && String(info.created) === recorded.created && last >= recorded.lastSeq) {
      if (last > recorded.lastSeq) await this.#advance(recorded.epoch, last);
      return false;
    }
    // Before anything is published: durables know from it that the stream they were made for lost its end.
    const description = `epoch ${recorded.epoch + 1}`;
    if (found && found.config.description !== description)
      await bus.jsm.streams.update(this.stream, { description });
    if (!(await this.#beginEpoch(recorded.epoch, info))) return false;
    this.epoch = recorded.epoch + 1;
    log.error(
      { stream: this.stream, epoch: this.epoch, recorded, created: info.created, lastSeq: last },
      "the stream has lost events; the ledger is published again",
    );
    return true;
  }

  async #info(jsm: JetStreamManager): Promise<StreamInfo | null> {
    try {
      return await jsm.streams.info(this.stream);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === streamNotFound) return null;
      throw error;
    }
  }

  async #make(jsm: JetStreamManager): Promise<StreamInfo> {
    return await jsm.streams.add({
      name: this.stream,
      subjects: [...streams[this.#options.emitter].subjects],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(duplicateWindowMs),
      max_age: nanos(this.#options.maxAgeMs ?? ledgerAgeMs),
      num_replicas: this.#options.replicas ?? 1,
    });
  }

  async #recorded(): Promise<Recorded | null> {
    const found = await sql<Recorded>`select epoch, created, last_seq as "lastSeq"
      from stream_epochs where stream = ${this.stream}`.execute(this.#options.db);
    return found.rows[0] ?? null;
  }

  /** The first sight of the stream; another replica may have had it first. */
  async #remember(info: StreamInfo): Promise<number> {
    const created = String(info.created);
    await sql`insert into stream_epochs (stream, epoch, created, last_seq)
      values (${this.stream}, 1, ${created}, ${info.state.last_seq}) on conflict do nothing`.execute(
      this.#options.db,
    );
    return (await this.#recorded())?.epoch ?? 1;
  }

  async #advance(epoch: number, lastSeq: number): Promise<void> {
    await sql`update stream_epochs set last_seq = greatest(last_seq, ${lastSeq})
      where stream = ${this.stream} and epoch = ${epoch}`.execute(this.#options.db);
  }

  /** Of several replicas that notice, one begins the epoch. */
  async #beginEpoch(epoch: number, info: StreamInfo): Promise<boolean> {
    const begun = await sql`update stream_epochs set epoch = ${epoch + 1}, created = ${String(info.created)},
        last_seq = ${info.state.last_seq}, republish_after = ''
      where stream = ${this.stream} and epoch = ${epoch}`.execute(this.#options.db);
    return begun.numAffectedRows === 1n;
  }
}
