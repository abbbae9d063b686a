/** Where in the order of event ids a moment lies: they start with the millisecond at which they were made (UUIDv7). */

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const idCharacters = 26;
const bitsAfterTime = 80n;

/** The least id that an event made so many ms ago could have; every older event's id sorts before it. */
export function eventIdBefore(agoMs: number, nowMs = Date.now()): string {
  let rest = BigInt(Math.max(0, nowMs - agoMs)) << bitsAfterTime;
  let tail = "";
  for (let index = 0; index < idCharacters; index += 1) {
    tail = alphabet[Number(rest & 31n)]! + tail;
    rest >>= 5n;
  }
  return `evt_${tail}`;
}
