/** What a replica knows of the signing keys: read one after the other, so that a newer view always replaces an older one. */
import type { KeyObject } from "node:crypto";
import { openPrivateKey, type SigningKeyRow } from "./signing-keys.ts";

/** The keys as they were at one moment. */
export interface KeyView {
  /** Machine time at which reading them began. */
  readonly readAt: Temporal.Instant;
  /** The one that signs last first. */
  readonly keys: readonly OpenedKey[];
}

export interface OpenedKey {
  readonly row: SigningKeyRow;
  readonly signsFrom: Temporal.Instant;
  readonly privateKey: KeyObject;
}

export interface KeyViews {
  /** The newest there is. */
  last(): KeyView;
  /** A view of what was committed before the call. Rejects where Postgres cannot be read. */
  read(): Promise<KeyView>;
}

/**
 * Reads the first view.
 * @throws Error when the secret is not the one the keys were sealed with
 */
export async function openKeyViews(
  readRows: () => Promise<SigningKeyRow[]>,
  machineNow: () => Temporal.Instant,
  sealingKey: Buffer,
): Promise<KeyViews> {
  const view = async (before: KeyView | undefined): Promise<KeyView> => {
    const readAt = machineNow();
    const rows = await readRows();
    return { readAt, keys: rows.map((row) => openKey(row, sealingKey, before)) };
  };
  let last = await view(undefined);
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<KeyView> | undefined;
  // Whoever asks while one is being read gets the one after it, which sees what was committed meanwhile.
  const begin = async (): Promise<KeyView> => {
    await running.catch(() => undefined);
    running = next ?? running;
    next = undefined;
    last = await view(last);
    return last;
  };
  return { last: () => last, read: () => (next ??= begin()) };
}

function openKey(row: SigningKeyRow, sealingKey: Buffer, before: KeyView | undefined): OpenedKey {
  const known = before?.keys.find((key) => key.row.kid === row.kid);
  return {
    row,
    signsFrom: Temporal.Instant.from(row.signs_from),
    privateKey: known?.privateKey ?? openPrivateKey(row, sealingKey),
  };
}
