/** Signing keys as operators see them. */
import type { SigningKeyView } from "@holdfast/contracts/api/signing-keys";
import type { SigningKeyRow } from "./signing-keys.ts";

/** Of the keys that sign already the last one does; those before it are kept for what they signed. */
export function signingKeyViews(
  lastFirst: readonly SigningKeyRow[],
  now: Temporal.Instant,
): SigningKeyView[] {
  const signing = lastFirst.find((row) => Temporal.Instant.compare(row.signs_from, now) <= 0);
  return lastFirst.map((row) => ({
    kid: row.kid,
    state: stateOf(row, signing, now),
    createdAt: row.created_at,
    signsFrom: row.signs_from,
    publishedUntil: row.published_until,
  }));
}

function stateOf(
  row: SigningKeyRow,
  signing: SigningKeyRow | undefined,
  now: Temporal.Instant,
): SigningKeyView["state"] {
  if (row === signing) return "signing";
  return Temporal.Instant.compare(row.signs_from, now) > 0 ? "published" : "verifying";
}
