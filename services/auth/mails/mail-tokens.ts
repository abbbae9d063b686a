/** The tokens in links that are sent by mail: derived from the ticket's id under the server's secret, so none is stored. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Id, id } from "@holdfast/contracts/ids";

const idPrefix = "tkt_";
const ticketId = id("tkt");

export interface MailTokens {
  /** The token of that ticket's link: the tail of the id, a dot, and what only the server can derive from it. */
  tokenOf(ticket: Id<"tkt">): string;
  /** The ticket a token was made for; undefined for anything else. Whether it still works is for the ticket to say. */
  ticketOf(token: string): Id<"tkt"> | undefined;
}

/** @param secret a key for this purpose alone: `deriveKey(…, "auth/mail-links")` */
export function createMailTokens(secret: Buffer): MailTokens {
  const macOf = (ticket: Id<"tkt">) => createHmac("sha256", secret).update(ticket).digest();
  return {
    tokenOf: (ticket) => `${ticket.slice(idPrefix.length)}.${macOf(ticket).toString("base64url")}`,
    ticketOf: (token) => {
      const [tail, mac, ...more] = token.split(".");
      const ticket = ticketId.safeParse(`${idPrefix}${tail}`);
      if (mac === undefined || more.length > 0 || !ticket.success) return undefined;
      const given = Buffer.from(mac, "base64url");
      const wanted = macOf(ticket.data);
      // Another spelling of the same bytes is another token.
      if (given.length !== wanted.length || mac !== given.toString("base64url")) return undefined;
      return timingSafeEqual(given, wanted) ? ticket.data : undefined;
    },
  };
}
