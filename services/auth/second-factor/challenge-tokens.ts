/** What a sign-in that waits for its second factor is called: the row's id, and what only the server can derive from it. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Id, id } from "@holdfast/contracts/ids";

const idPrefix = "chl_";
const challengeId = id("chl");

/** The token of that row: the tail of its id, a dot, and HMAC-SHA256 of the id. Nothing of it is stored. */
export function challengeToken(key: Buffer, challenge: Id<"chl">): string {
  return `${challenge.slice(idPrefix.length)}.${macOf(key, challenge).toString("base64url")}`;
}

/** The row a token was made for; undefined for anything else. Whether it still works is for the row to say. */
export function challengeOf(key: Buffer, token: string): Id<"chl"> | undefined {
  const [tail, mac, ...more] = token.split(".");
  const challenge = challengeId.safeParse(`${idPrefix}${tail}`);
  if (mac === undefined || more.length > 0 || !challenge.success) return undefined;
  const given = Buffer.from(mac, "base64url");
  const wanted = macOf(key, challenge.data);
  // Another spelling of the same bytes is another token.
  if (given.length !== wanted.length || mac !== given.toString("base64url")) return undefined;
  return timingSafeEqual(given, wanted) ? challenge.data : undefined;
}

function macOf(key: Buffer, challenge: Id<"chl">): Buffer {
  return createHmac("sha256", key).update(challenge).digest();
}
