/** The signing keys of one replica: read again and again, rotated on schedule by whichever replica comes first. */
import assert from "node:assert";
import type { KeyObject } from "node:crypto";
import type { Clock } from "@holdfast/chassis/clock";
import type { Logger } from "@holdfast/chassis/log";
import { unavailable } from "@holdfast/chassis/problems";
import { every } from "@holdfast/chassis/sweep";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { SigningKeyView } from "@holdfast/contracts/api/signing-keys";
import type { JWK } from "jose";
import type { Kysely, Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import { signingKeyViews } from "./signing-key-view.ts";
import {
  addKey,
  forgetDeadKeys,
  lockKeys,
  openPrivateKey,
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
   * Makes the next key. After `compromised` this replica signs with it at once, the others within `reloadMs`.
   * @throws rotationTooSoon for a `routine` one while a key still waits
   */
  rotate(reason: "routine" | "compromised"): Promise<SigningKeyView>;
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

interface View {
  readonly readAt: Temporal.Instant;
  /** The one that signs last first. */
  readonly keys: readonly {
    readonly row: SigningKeyRow;
    readonly signsFrom: Temporal.Instant;
    readonly privateKey: KeyObject;
  }[];
}

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
  { db, transact, clock, log }: KeyringParts,
  sealingKey: Buffer,
  { rotateAfterMs, leadMs = usualLeadMs, reloadMs = usualReloadMs, sweepMs = usualReloadMs }: KeyringTimes,
): Promise<Keyring> {
  const changeKeys = <T>(change: (tx: Transaction<AuthTables>, now: Temporal.Instant) => Promise<T>) =>
    transact(async ({ tx }) => {
      await lockKeys(tx);
      return change(tx, clock.machineNow());
    });
  await changeKeys(async (tx, now) => {
    if ((await readKeys(tx)).length === 0) await addKey(tx, sealingKey, { now, signsFrom: now });
  });
  const views = await rememberView(async (before) => {
    const readAt = clock.machineNow();
    const rows = await readKeys(db);
    return { readAt, keys: rows.map((row) => openKey(row, sealingKey, before)) };
  });

  const ageMs = () => clock.machineNow().epochMilliseconds - views.last().readAt.epochMilliseconds;
  /** Whatever key was made since it was read does not sign before `leadMs` are over, unless it replaced all others. */
  const isUsableStill = () => Math.abs(ageMs()) < leadMs - clockDifferenceMs;
  const viewToSignBy = async (): Promise<View> => {
    if (ageMs() >= 0 && ageMs() <= reloadMs) return views.last();
    try {
      return await views.read();
    } catch (error) {
      if (isUsableStill()) return views.last();
      throw unavailable("Tokens cannot be signed right now.", error);
    }
  };
  const latestView = () => views.read().catch(() => views.last());
  const published = ({ keys }: View) =>
    keys.map(({ row }) => row).filter((row) => !isOver(row, clock.machineNow()));

  const tend = async (): Promise<void> => {
    const { keys } = await views.read();
    const now = clock.machineNow();
    if (!keys.some(({ row }) => isOver(row, now)) && !isDue(keys[0]?.row, now, rotateAfterMs)) return;
    await changeKeys(async (tx, lockedAt) => {
      await forgetDeadKeys(tx, lockedAt);
      if (!isDue((await readKeys(tx))[0], lockedAt, rotateAfterMs)) return;
      const { kid } = await succeedKey(tx, sealingKey, { now: lockedAt, leadMs });
      await writeAudit(tx, { action: "rotate-signing-key", kind: "action", actor: "svc:auth" });
      log.info({ kid }, "made the next signing key, as scheduled");
    });
    await views.read();
  };
  const tending = every({ name: "signing-keys", intervalMs: sweepMs, work: tend, log });

  return {
    tend,
    current: async (at) => {
      const { keys } = await viewToSignBy();
      const key = keys.find(({ signsFrom }) => Temporal.Instant.compare(signsFrom, at) <= 0) ?? keys.at(-1);
      assert(key !== undefined, "there is a signing key");
      return { kid: key.row.kid, privateKey: key.privateKey };
    },
    jwks: async () => ({ keys: published(await latestView()).map((row) => row.public_jwk as JWK) }),
    list: async () => signingKeyViews(published(await latestView()), clock.machineNow()),
    rotate: async (reason) => {
      const made = await changeKeys((tx, now) =>
        reason === "compromised"
          ? replaceKeys(tx, sealingKey, now)
          : succeedKey(tx, sealingKey, { now, leadMs }),
      );
      log.warn({ kid: made.kid, reason }, "made the next signing key, as told");
      const { keys } = await views.read();
      const shown = signingKeyViews(
        keys.map(({ row }) => row),
        clock.machineNow(),
      );
      const view = shown.find(({ kid }) => kid === made.kid);
      assert(view !== undefined, "a key that was just made is there");
      return view;
    },
    [Symbol.asyncDispose]: () => tending[Symbol.asyncDispose](),
  };
}

function openKey(row: SigningKeyRow, sealingKey: Buffer, before: View | undefined): View["keys"][number] {
  const known = before?.keys.find((key) => key.row.kid === row.kid);
  return {
    row,
    signsFrom: Temporal.Instant.from(row.signs_from),
    privateKey: known?.privateKey ?? openPrivateKey(row, sealingKey),
  };
}

function isOver({ published_until }: SigningKeyRow, now: Temporal.Instant): boolean {
  return published_until !== null && Temporal.Instant.compare(published_until, now) <= 0;
}

function isDue(newest: SigningKeyRow | undefined, now: Temporal.Instant, rotateAfterMs: number): boolean {
  if (newest === undefined) return false;
  const due = Temporal.Instant.from(newest.signs_from).add({ milliseconds: rotateAfterMs });
  return Temporal.Instant.compare(due, now) <= 0;
}

/** Reads one after the other; who asks while one is in hand gets the next, which sees whatever was committed before they asked. */
async function rememberView(read: (before: View | undefined) => Promise<View>) {
  let last = await read(undefined);
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<View> | undefined;
  const begin = async (): Promise<View> => {
    await running.catch(() => undefined);
    const mine = next;
    next = undefined;
    if (mine !== undefined) running = mine;
    last = await read(last);
    return last;
  };
  return {
    last: () => last,
    read: (): Promise<View> => (next ??= begin()),
  };
}
