/** Writes down what JetStream has acknowledged, many rows with one statement, a moment later. */
import type { Kysely } from "kysely";
import type { ChassisTables } from "./database.ts";
import { markPublished } from "./ledger.ts";
import type { Logger } from "./log.ts";

const marksAtOnceMax = 500;
const marksHeldMax = 20_000;
const lingerMs = 40;

export interface PublishMarksOptions<DB extends ChassisTables> {
  readonly db: Kysely<DB>;
  readonly stream: string;
  readonly log: Logger;
}

/** Marks that are lost (a crash, Postgres away) leave rows unpublished: they are published twice, which harms nobody. */
export class PublishMarks<DB extends ChassisTables> {
  readonly #options: PublishMarksOptions<DB>;
  readonly #held = new Set<string>();
  #lastSeq = 0;
  #epoch = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: PublishMarksOptions<DB>) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  add(id: string, seq: number, epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#lastSeq = 0;
    }
    if (seq > this.#lastSeq) this.#lastSeq = seq;
    if (this.#held.size < marksHeldMax) this.#held.add(id);
    this.#timer ??= setTimeout(() => void this.flush(), lingerMs);
  }

  /** Writes what is held. Never rejects. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { db, stream, log } = this.#options;
    const held = [...this.#held];
    for (let start = 0; start < held.length; start += marksAtOnceMax) {
      const ids = held.slice(start, start + marksAtOnceMax);
      try {
        await markPublished(db, { stream, epoch: this.#epoch, ids, lastSeq: this.#lastSeq });
      } catch (error) {
        log.warn({ err: error, rows: this.#held.size }, "rows could not be marked as published");
        this.#held.clear();
        return;
      }
      for (const id of ids) this.#held.delete(id);
    }
  }
}
