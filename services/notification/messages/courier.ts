/** Brings messages to the mail server: in the background, a bounded number at a time, each until it is sent or given up. */
import { createBackoff, pause } from "@holdfast/chassis/backoff";
import { type Batcher, createBatcher } from "@holdfast/chassis/batcher";
import type { Count, Metrics } from "@holdfast/chassis/metrics";
import { every, type Sweep } from "@holdfast/chassis/sweep";
import type { Kysely } from "kysely";
import type { NotificationTables } from "../database.ts";
import type { ClaimedMessage } from "./claim-messages.ts";
import { type Attempt, decideOutcome } from "./decide-outcome.ts";
import { type DeliverDeps, deliverMessage } from "./deliver-message.ts";
import { type Addressee, type AddresseeSources, findAddressees } from "./find-addressees.ts";
import { HeldClaims } from "./held-claims.ts";
import { politeWaitMs } from "./polite-wait.ts";
import { type RecordDeps, type Recorded, recordOutcomes } from "./record-outcomes.ts";

export interface CourierDeps extends DeliverDeps, RecordDeps, AddresseeSources {
  readonly db: Kysely<NotificationTables>;
  readonly metrics: Metrics;
}

export interface CourierOptions {
  /** Mails on their way at once. */
  readonly lanes: number;
}

const sweepEveryMs = 1_000;
/** Claimed messages a lane at most: enough to ask auth and Postgres about many at once. */
const claimedPerLane = 8;
/** One request to auth names at most 500 users. */
const claimedMost = 500;
/** How long an outcome is kept for a Postgres that is away. */
const recordWithinMs = 60_000;
/** While auth or the mail server is away; one message asks for all, so asking often costs little. */
const outage = { baseMs: 200, maxMs: 2_000 };
const drainTimeoutMs = 3_000;
const recordRetry = { baseMs: 50, maxMs: 1_000 };

interface Job {
  readonly message: ClaimedMessage;
  readonly addressee: Addressee | undefined;
}

/** Starts looking for messages at once, and again each second or when woken; disposing drains it. */
export class Courier implements AsyncDisposable {
  readonly #deps: CourierDeps;
  readonly #options: CourierOptions;
  readonly #claims: HeldClaims;
  readonly #capacity: number;
  readonly #sweep: Sweep;
  readonly #outcomes: Batcher<Recorded, void>;
  readonly #attempts: Count<"template" | "outcome">;
  readonly #outage = createBackoff(outage);
  readonly #idle = Promise.withResolvers<void>();
  #jobs: Job[] = [];
  #running = 0;
  #wroteAtMs = Number.NEGATIVE_INFINITY;
  #lateMs = 0;
  #isLooking = false;
  #lookAgain = false;
  #mayBeMore = false;
  /** The world outside is away: until then nothing is tried, and then one message first. */
  #pausedUntilMs = 0;
  #isTroubled = false;
  #isDraining = false;

  constructor(deps: CourierDeps, options: CourierOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#capacity = Math.min(claimedMost, options.lanes * claimedPerLane);
    this.#claims = new HeldClaims(deps);
    this.#outcomes = createBatcher<Recorded, void>({
      name: "record-outcomes",
      run: (recorded) => recordOutcomes(deps, recorded),
      metrics: deps.metrics,
    });
    this.#attempts = deps.metrics.counter({
      name: "notification_attempts_total",
      help: "Attempts to send a message, by what they ended with.",
      labels: ["template", "outcome"],
    });
    deps.metrics.gauge({
      name: "notification_late_seconds",
      help: "How long the messages taken up last had been due.",
      labels: [],
      read: () => this.#lateMs / 1_000,
    });
    const { log } = deps;
    this.#sweep = every({
      name: "courier",
      intervalMs: sweepEveryMs,
      work: (signal) => this.#takeUp(signal),
      log,
    });
    this.#look();
  }

  /** Messages have just been written. Cheap, and never throws. */
  wake(): void {
    this.#wroteAtMs = performance.now();
    this.#look();
  }

  /** Begins nothing more, gives back what had not begun, and waits for what had, for a bounded time. */
  async drain(): Promise<void> {
    if (!this.#isDraining) {
      this.#isDraining = true;
      await this.#sweep[Symbol.asyncDispose]();
      const waiting = this.#jobs;
      this.#jobs = [];
      const givenBack = Promise.all(
        waiting.map((job) => this.#finish(job, { outcome: "untried", code: "stopped" })),
      );
      if (this.#running === 0) this.#idle.resolve();
      await Promise.race([Promise.all([givenBack, this.#idle.promise]), pause(drainTimeoutMs)]);
      await this.#claims[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #look(): void {
    if (this.#isDraining) return;
    // What is written while one look is at the database may have come too late for it.
    this.#lookAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#lookAgain = false;
    this.#sweep
      .runNow()
      .catch((error: unknown) =>
        this.#deps.log.warn({ err: error }, "messages could not be taken up; they wait"),
      )
      .finally(() => {
        this.#isLooking = false;
        if (this.#lookAgain) this.#look();
      });
  }

  /** Claims what there is room for. Says whether to come back at once. */
  async #takeUp(signal: AbortSignal): Promise<boolean> {
    await this.#waitPolitely(signal);
    const inHand = this.#jobs.length + this.#running;
    const room = this.#isTroubled ? 1 - inHand : this.#capacity - inHand;
    if (signal.aborted || room <= 0 || performance.now() < this.#pausedUntilMs) return false;
    const claimed = await this.#claims.claim(room);
    this.#lateMs = Math.max(0, ...claimed.map(({ late_ms }) => late_ms));
    this.#mayBeMore = claimed.length === room;
    if (claimed.length === 0) return false;
    const addressees = await this.#askAuth(claimed);
    const jobs = claimed.map((message) => ({ message, addressee: addressees?.get(message.message_id) }));
    if (addressees === null || this.#isDraining) {
      await Promise.all(
        jobs.map((job) => this.#finish(job, { outcome: "untried", code: "no-answer-from-auth" })),
      );
      return false;
    }
    this.#jobs.push(...jobs);
    this.#pump();
    return this.#mayBeMore && !this.#isTroubled;
  }

  async #askAuth(claimed: readonly ClaimedMessage[]): Promise<ReadonlyMap<string, Addressee> | null> {
    try {
      return await findAddressees(this.#deps, claimed);
    } catch (error) {
      this.#deps.log.warn({ err: error, messages: claimed.length }, "auth gives no addresses; messages wait");
      this.#pauseForOutage();
      return null;
    }
  }

  async #waitPolitely(signal: AbortSignal): Promise<void> {
    const sinceMs = performance.now();
    while (!signal.aborted) {
      const nowMs = performance.now();
      const waitMs = politeWaitMs({
        sinceWriteMs: nowMs - this.#wroteAtMs,
        waitedMs: nowMs - sinceMs,
        lateMs: this.#lateMs,
      });
      if (waitMs <= 0) return;
      await pause(Math.ceil(waitMs), signal);
    }
  }

  #pump(): void {
    while (this.#running < this.#options.lanes) {
      const job = this.#jobs.shift();
      if (!job) break;
      this.#running += 1;
      void this.#run(job).then(() => {
        this.#running -= 1;
        this.#pump();
        if (this.#isDraining && this.#running === 0) this.#idle.resolve();
      });
    }
    const inHand = this.#jobs.length + this.#running;
    if (this.#mayBeMore && inHand <= this.#capacity / 2) this.#look();
  }

  /** Never rejects. */
  async #run(job: Job): Promise<void> {
    // The claim could not be renewed: another replica may be sending it by now.
    const isTooLate = !this.#claims.mayBegin(job.message);
    const attempt: Attempt =
      isTooLate || performance.now() < this.#pausedUntilMs
        ? { outcome: "untried", code: isTooLate ? "too-late" : "no-mail-server" }
        : await deliverMessage(this.#deps, job.message, job.addressee);
    if (attempt.outcome === "unreachable") this.#pauseForOutage();
    else if (attempt.outcome !== "untried") this.#reached();
    await this.#finish(job, attempt);
  }

  #pauseForOutage(): void {
    // Lanes that fail together are one failure.
    if (performance.now() < this.#pausedUntilMs) return;
    this.#isTroubled = true;
    this.#pausedUntilMs = performance.now() + this.#outage.nextMs();
  }

  #reached(): void {
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.#pausedUntilMs = 0;
    this.#outage.reset();
    this.#mayBeMore = true;
  }

  /** Records the outcome; while Postgres is away, again, for a bounded time. Never rejects. */
  async #finish({ message }: Job, attempt: Attempt): Promise<void> {
    this.#attempts.add({ template: message.template, outcome: attempt.outcome });
    const recorded = { message, ...decideOutcome(attempt, message.attempts, Math.random()) };
    const giveUpAtMs = performance.now() + recordWithinMs;
    const backoff = createBackoff(recordRetry);
    for (let isRecorded = false; !isRecorded;) {
      try {
        await this.#outcomes.add(recorded);
        isRecorded = true;
      } catch (error) {
        const about = { err: error, messageId: message.message_id };
        this.#deps.log.warn(about, "an outcome could not be recorded");
        if (this.#isDraining || performance.now() > giveUpAtMs) break;
        await backoff.pause();
      }
    }
    this.#claims.release(message);
  }
}
