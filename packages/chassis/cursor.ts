/** Cursors of lists: opaque to clients, and nothing but an id inside, so a forged one shows nobody anything new. */
import { id, type Id, type IdPrefix } from "@holdfast/contracts/ids";
import { requestInvalid } from "./problems.ts";

/** The cursor that continues after this id. */
export function cursorOf(last: string): string {
  return Buffer.from(last).toString("base64url");
}

/** The id a cursor continues after. @throws requestInvalid naming `after` where it is not one of ours */
export function readCursor<P extends IdPrefix>(prefix: P, cursor: string): Id<P> {
  const parsed = id(prefix).safeParse(Buffer.from(cursor, "base64url").toString());
  if (parsed.success) return parsed.data as Id<P>;
  const message = "must be the `next` of a page of this list";
  throw requestInvalid(undefined, { errors: [{ field: "after", message, code: "invalid_cursor" }] });
}
