/** Cursor pagination, the same on every list: `limit`, `after`, and a `Link` header to the next page. */
import { z } from "zod";

/** Query parameters of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(200).optional().meta({ description: "`next` of the page before" }),
});

/** A page of items, with the cursor of the next one or null. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
