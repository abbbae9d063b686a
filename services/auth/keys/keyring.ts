/** The signing keys of one replica: read again and again, rotated on schedule by whichever replica comes first. */
import assert from "node:assert";
import type { KeyObject } from "node:crypto";
import type { Clock } from "@holdfast/chassis/clock";
import type { Logger } from "@holdfast/chassis/log";
import { unavailable } from "@holdfast/chassis/problems";
import { every } from "@holdfast/chassis/sweep";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { SigningKeyView } from "@holdfast/contracts/api/signing-keys";
import type { JWK } from "jose";
import type { Kysely, Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import { type KeyView, type KeyViews, openKeyViews } from "./key-views.ts";
import { signingKeyViews } from "./signing-key-view.ts";
import {
  addKey,
  forgetDeadKeys,
  lockKeys,
  readKeys,
  replaceKeys,
  type SigningKeyRow,
  succeedKey,
} from "./signing-keys.ts";

/** What others check access tokens with, as `/.well-known/jwks.json` shows it. */
export interface JwkSet {
  readonly keys: JWK[];
}

export interface Keyring extends AsyncDisposable {
  /**
   * The key that signs what is issued at that instant: the same for the same instant, so that an answer given again is
   * the same answer.
   * @throws serviceUnavailable when the keys could not be read for so long that another may sign by now
   */
  current(at: Temporal.Instant): Promise<{ readonly kid: string; readonly privateKey: KeyObject }>;
  /** The public halves as they are now; as they were last read where Postgres is down. */
  jwks(): Promise<JwkSet>;
  /** The keys that are published, newest first. */
  list(): Promise<SigningKeyView[]>;
  /**
   * Makes the next key. After `compromised` this replica signs with it as soon as it has read the keys anew, the others
   * within `reloadMs`.
   * @throws rotationTooSoon for a `routine` one while a key still waits
   */
  rotate(unit: UnitOfWork<AuthTables>, reason: "routine" | "compromised"): Promise<SigningKeyView>;
  /** Reads the keys anew; as they were last read where Postgres is down. */
  reread(): Promise<void>;
  /** Reads the keys, makes the next where it is due, and forgets those that are over; done every `sweepMs` by itself. */
  tend(): Promise<void>;
}

export interface KeyringTimes {
  /** A key signs for this long before the next is made. */
  readonly rotateAfterMs: number;
  /** A key is published this long before it signs: longer than anybody remembers the set. */
  readonly leadMs?: number;
  /** A view of the keys that is older is read again before it is used. */
  readonly reloadMs?: number;
  /** How often what is due is looked for. */
  readonly sweepMs?: number;
}

/** `max-age` of the set is 300 s, and verifiers read it again after 60 s more at the latest. */
const usualLeadMs = 600_000;
const usualReloadMs = 2_000;

/** How far replicas' clocks may differ. */
const clockDifferenceMs = 60_000;

export interface KeyringParts {
  readonly db: Kysely<AuthTables>;
  readonly transact: Transact<AuthTables>;
  readonly clock: Pick<Clock, "machineNow">;
  readonly log: Logger;
}

/**
 * Reads the signing keys, and makes the first one where there is none.
 * @throws Error when the secret is not the one the keys were sealed with
 */
export async function createKeyring(
  parts: KeyringParts,
  sealingKey: Buffer,
  times: KeyringTimes,
): Promise<Keyring> {
  const { transact, clock, db, log } = parts;
  const machineNow = () => clock.machineNow();
  await transact(async ({ tx }) => {
    await lockKeys(tx);
    const now = machineNow();
    if ((await readKeys(tx)).length === 0) await addKey(tx, sealingKey, { now, signsFrom: now });
  });
  const views = await openKeyViews(() => readKeys(db), machineNow, sealingKey);
  const { leadMs = usualLeadMs, reloadMs = usualReloadMs, sweepMs = usualReloadMs } = times;
  const keyring = new OpenKeyring(parts, sealingKey, { ...times, leadMs, reloadMs }, views);
  const tending = every({ name: "signing-keys", intervalMs: sweepMs, work: () => keyring.tend(), log });
  return {
    current: (at) => keyring.current(at),
    jwks: () => keyring.jwks(),
    list: () => keyring.list(),
    rotate: (unit, reason) => keyring.rotate(unit, reason),
    reread: () => keyring.reread(),
    tend: () => keyring.tend(),
    [Symbol.asyncDispose]: () => tending[Symbol.asyncDispose](),
  };
}

class OpenKeyring implements Omit<Keyring, typeof Symbol.asyncDispose> {
  readonly #parts: KeyringParts;
  readonly #sealingKey: Buffer;
  readonly #times: Required<Omit<KeyringTimes, "sweepMs">>;
  readonly #views: KeyViews;

  constructor(
    parts: KeyringParts,
    sealingKey: Buffer,
    times: Required<Omit<KeyringTimes, "sweepMs">>,
    views: KeyViews,
  ) {
    this.#parts = parts;
    this.#sealingKey = sealingKey;
    this.#times = times;
    this.#views = views;
  }

  async current(at: Temporal.Instant) {
    const { keys } = await this.#viewToSignBy();
    const key = keys.find(({ signsFrom }) => Temporal.Instant.compare(signsFrom, at) <= 0) ?? keys.at(-1);
    assert(key !== undefined, "there is a signing key");
    return { kid: key.row.kid, privateKey: key.privateKey };
  }

  async jwks(): Promise<JwkSet> {
    return { keys: (await this.#published()).map((row) => row.public_jwk as JWK) };
  }

  async list(): Promise<SigningKeyView[]> {
    return signingKeyViews(await this.#published(), this.#now());
  }

  async rotate(unit: UnitOfWork<AuthTables>, reason: "routine" | "compromised"): Promise<SigningKeyView> {
    const { tx } = unit;
    const sealingKey = this.#sealingKey;
    const { leadMs } = this.#times;
    await lockKeys(tx);
    const now = this.#now();
    const { kid } = await (reason === "compromised"
      ? replaceKeys(tx, sealingKey, now)
      : succeedKey(tx, sealingKey, { now, leadMs }));
    unit.afterCommit(() => this.#parts.log.warn({ kid, reason }, "made the next signing key, as told"));
    // Later than it was made: what is read back may be rounded up by less than a microsecond.
    const made = signingKeyViews(await readKeys(tx), this.#now()).find((view) => view.kid === kid);
    assert(made !== undefined, "a key that was just made is there");
    return made;
  }

  async reread(): Promise<void> {
    await this.#views.read().catch(() => this.#views.last());
  }

  async tend(): Promise<void> {
    const { keys } = await this.#views.read();
    const now = this.#now();
    const { rotateAfterMs, leadMs } = this.#times;
    if (!keys.some(({ row }) => isOver(row, now)) && !isDue(keys[0]?.row, now, rotateAfterMs)) return;
    const next = await this.#change(async (tx, lockedAt) => {
      await forgetDeadKeys(tx, lockedAt);
      // Another replica may have been first.
      if (!isDue((await readKeys(tx))[0], lockedAt, rotateAfterMs)) return undefined;
      await writeAudit(tx, { action: "rotate-signing-key", kind: "action", actor: "svc:auth" });
      return succeedKey(tx, this.#sealingKey, { now: lockedAt, leadMs });
    });
    if (next !== undefined)
      this.#parts.log.info({ kid: next.kid }, "made the next signing key, as scheduled");
  }

  #now(): Temporal.Instant {
    return this.#parts.clock.machineNow();
  }

  #change<T>(change: (tx: Transaction<AuthTables>, now: Temporal.Instant) => Promise<T>): Promise<T> {
    return this.#parts.transact(async ({ tx }) => {
      await lockKeys(tx);
      return change(tx, this.#now());
    });
  }

  async #viewToSignBy(): Promise<KeyView> {
    const { leadMs, reloadMs } = this.#times;
    const last = this.#views.last();
    const ageMs = this.#now().epochMilliseconds - last.readAt.epochMilliseconds;
    if (ageMs >= 0 && ageMs <= reloadMs) return last;
    try {
      return await this.#views.read();
    } catch (error) {
      // Whatever key was made since does not sign before `leadMs` are over, unless it replaced all others.
      if (Math.abs(ageMs) < leadMs - clockDifferenceMs) return last;
      throw unavailable("Tokens cannot be signed right now.", error);
    }
  }

  async #published(): Promise<SigningKeyRow[]> {
    const { keys } = await this.#views.read().catch(() => this.#views.last());
    const now = this.#now();
    return keys.map(({ row }) => row).filter((row) => !isOver(row, now));
  }
}

function isOver({ published_until }: SigningKeyRow, now: Temporal.Instant): boolean {
  return (
    published_until !== null && Temporal.Instant.compare(Temporal.Instant.from(published_until), now) <= 0
  );
}

function isDue(newest: SigningKeyRow | undefined, now: Temporal.Instant, rotateAfterMs: number): boolean {
  if (newest === undefined) return false;
  const due = Temporal.Instant.from(newest.signs_from).add({ milliseconds: rotateAfterMs });
  return Temporal.Instant.compare(due, now) <= 0;
}
