/** Reading a quote. A stranger's is answered as if it were not there. */
import type { QuoteView } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { quoteNotFound } from "../problems.ts";
import { quoteView } from "./quote-view.ts";

/** The customer's quote, also after it expired, until it is forgotten. @throws quoteNotFound */
export async function getQuote(
  db: Kysely<BookingTables>,
  quoteId: Id<"qte">,
  customerId: Id<"usr">,
): Promise<QuoteView> {
  const row = await db
    .selectFrom("quotes")
    .selectAll()
    .where("quote_id", "=", quoteId)
    .where("customer_id", "=", customerId)
    .executeTakeFirst();
  if (!row) throw quoteNotFound();
  return quoteView(row);
}
