/**
 * Typed ids: a prefix that says what the id names, then a UUIDv7 in base 32, so ids sort by the time they were made.
 * The format is TypeID (https://github.com/jetify-com/typeid).
 */
import { typeid } from "typeid-js";
import { z } from "zod";

/** Every kind of id there is: its prefix and what it names. */
export const idPrefixes = {
  usr: "user",
  ses: "session (a family of refresh tokens)",
  vnd: "vendor",
  res: "resource",
  qte: "quote",
  bkg: "booking",
  ser: "series of bookings",
  blk: "block",
  fed: "calendar feed",
  wtl: "entry of a waiting list",
  prm: "promotion",
  pay: "payment",
  rfd: "refund",
  doc: "invoice or credit note",
  rfo: "order to give money back",
  ltx: "transaction of the ledger",
  dsp: "dispute of a charge",
  rcn: "run of the reconciliation",
  dcy: "discrepancy found by the reconciliation",
  trf: "transfer to a vendor, or of one back",
  msg: "message sent to a person",
  evt: "event",
  key: "API key",
  tkt: "ticket: a link sent by mail that works once",
  chl: "sign-in that waits for its second factor",
  aud: "entry of the audit log",
} as const;
export type IdPrefix = keyof typeof idPrefixes;

/** An id of one kind, as a string: `Id<"bkg">` is `bkg_…`. */
export type Id<P extends IdPrefix> = `${P}_${string}`;

const tail = "[0-7][0-9a-hjkmnp-tv-z]{25}";

/** The schema of one kind of id: the prefix, an underscore, 26 characters. */
export function id<P extends IdPrefix>(prefix: P) {
  return z
    .templateLiteral([prefix, "_", z.string()])
    .refine(
      (text) => idPattern(prefix).test(text),
      `must be an id such as ${prefix}_01h455vb4pex5vsknk084sn02q`,
    )
    .meta({
      id: `${prefix[0]!.toUpperCase()}${prefix.slice(1)}Id`,
      description: `Id of a ${idPrefixes[prefix]}; sorts by creation time`,
      examples: [`${prefix}_01h455vb4pex5vsknk084sn02q`],
    });
}

function idPattern(prefix: IdPrefix): RegExp {
  return (patterns[prefix] ??= new RegExp(`^${prefix}_${tail}$`));
}
const patterns: Partial<Record<IdPrefix, RegExp>> = {};

/** A new id of that kind; later ids sort after earlier ones. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return typeid(prefix).toString() as Id<P>;
}
