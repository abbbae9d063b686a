/**
 * Collecting a balance: it is charged without the guest when it falls due, tried again at growing intervals within the
 * grace, and given up at its end. Everything here is business time; what an attempt comes to, Stripe decides.
 */

/** What the charge of a balance knows beside what every charge does. Instants are business time. */
export interface Collection {
  readonly dueAt: string;
  /** What is not paid by then is given up; counted anew where the first attempt came late, and never past the start. */
  readonly givesUpAt: string;
  /** The booking begins: from then on nothing is charged. */
  readonly startsAt: string;
  /** Attempts begun since it fell due. */
  readonly attempts: number;
  /** An attempt has begun and has not come to an end. */
  readonly isTrying: boolean;
  /** When the next attempt is made, or it is given up; null during an attempt, and where nothing is to come. */
  readonly tryAt: string | null;
}

/** When a balance is to be taken, as booking says it. */
export type CollectionTerms = Pick<Collection, "dueAt" | "givesUpAt" | "startsAt">;

/** Attempts made at most; the last leaves the guest half of the grace. */
export const attemptsMax = 4;

function textOf(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(epochMs)).toString();
}

/** The collection under these terms. Where it is still due when it was, what was tried goes on; else it begins anew. */
export function scheduled(before: Collection | null, terms: CollectionTerms): Collection {
  if (before === null || Date.parse(before.dueAt) !== Date.parse(terms.dueAt)) {
    return { ...terms, attempts: 0, isTrying: before?.isTrying ?? false, tryAt: terms.dueAt };
  }
  // Counted from an attempt that came late, the grace is longer than booking knows yet.
  const ends = before.attempts > 0 ? [before.givesUpAt, terms.startsAt] : [terms.givesUpAt];
  const givesUpAt = textOf(Math.min(...ends.map((at) => Date.parse(at))));
  const tryAt = before.tryAt && textOf(Math.min(Date.parse(before.tryAt), Date.parse(givesUpAt)));
  return { ...before, startsAt: terms.startsAt, givesUpAt, tryAt };
}

/** Has the booking begun? Then nothing more is charged, whatever was asked for. */
export function hasBegun({ startsAt }: Collection, businessMs: number): boolean {
  return businessMs >= Date.parse(startsAt);
}

/** Is it no longer waited for? Not before it was tried once, as long as the booking has not begun. */
export function isGivenUp(collection: Collection, businessMs: number): boolean {
  if (hasBegun(collection, businessMs)) return true;
  const isTried = collection.attempts > 0 && !collection.isTrying;
  return isTried && businessMs >= Date.parse(collection.givesUpAt);
}

/** An attempt begins. */
export function begun(collection: Collection): Collection {
  return { ...collection, attempts: collection.attempts + 1, isTrying: true, tryAt: null };
}

/** Nothing more is to come of it. */
export function ended(collection: Collection): Collection {
  return { ...collection, isTrying: false, tryAt: null };
}

/**
 * An attempt has failed. Each interval is twice the one before, the last wait as long as all before it and a fifteenth
 * more; the guest has the whole grace from the first failure on, as far as the booking has not begun.
 */
export function failed(collection: Collection, businessMs: number): Collection {
  // Due another time since it began: that attempt does not count.
  if (collection.attempts === 0) return { ...collection, isTrying: false };
  const { attempts, startsAt } = collection;
  let givesUpMs = Date.parse(collection.givesUpAt);
  if (attempts === 1) {
    const graceMs = givesUpMs - Date.parse(collection.dueAt);
    givesUpMs = Math.min(Math.max(givesUpMs, businessMs + graceMs), Date.parse(startsAt));
  }
  const leftMs = Math.max(0, givesUpMs - businessMs);
  const nextMs =
    attempts < attemptsMax ? businessMs + leftMs / (2 ** (attemptsMax + 1 - attempts) - 1) : givesUpMs;
  return { ...collection, givesUpAt: textOf(givesUpMs), isTrying: false, tryAt: textOf(nextMs) };
}

/** When it is tried again; undefined where all that is to come is giving up. */
export function nextAttemptAt({ attempts, tryAt, givesUpAt }: Collection): string | undefined {
  return tryAt === null || attempts >= attemptsMax || tryAt === givesUpAt ? undefined : tryAt;
}
