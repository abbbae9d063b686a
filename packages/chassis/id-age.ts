/** Where in the order of ids a moment lies: they start with the millisecond at which they were made (UUIDv7). */
import type { Id, IdPrefix } from "@holdfast/contracts/ids";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idCharacters = 26;
const bitsAfterTime = 80n;

/** The least id of a kind (`evt`) that could have been made so many ms ago; every older one sorts before it. */
export function idBefore<P extends IdPrefix>(prefix: P, agoMs: number, nowMs = Date.now()): Id<P> {
  let rest = BigInt(Math.max(0, nowMs - agoMs)) << bitsAfterTime;
  let tail = "";
  for (let index = 0; index < idCharacters; index += 1) {
    tail = alphabet[Number(rest & 31n)]! + tail;
    rest >>= 5n;
  }
  return `${prefix}_${tail}`;
}

/** When an id was made, in ms since 1970. */
export function timeOfId(id: Id<IdPrefix>): number {
  let bits = 0n;
  for (const character of id.slice(-idCharacters)) bits = (bits << 5n) | BigInt(alphabet.indexOf(character));
  return Number(bits >> bitsAfterTime);
}
