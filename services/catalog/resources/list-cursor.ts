/** Where a page of the list ends, as an opaque text. */
import { requestInvalid } from "@holdfast/chassis/problems";
import { type Id, id } from "@holdfast/contracts/ids";

const resourceId = id("res");

/** The cursor of the page after this resource. */
export function cursorAfter(last: Id<"res">): string {
  return Buffer.from(last).toString("base64url");
}

/**
 * The resource a page begins after.
 * @throws requestInvalid naming `after` when no list of ours gave this text
 */
export function readCursor(after: string): Id<"res"> {
  const last = resourceId.safeParse(Buffer.from(after, "base64url").toString());
  if (!last.success || cursorAfter(last.data) !== after) {
    throw requestInvalid(undefined, {
      errors: [
        { field: "after", message: "must be the `next` of a page of this list", code: "invalid_cursor" },
      ],
    });
  }
  return last.data;
}
