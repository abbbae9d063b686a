import { timingSafeEqual } from "node:crypto";

/** Is it the session's own? In a time that tells nothing of how much of it is right. */
export function isSameToken(sent: string, held: string | null): boolean {
  if (held === null) return false;
  const [one, other] = [Buffer.from(sent), Buffer.from(held)];
  return one.length === other.length && timingSafeEqual(one, other);
}
