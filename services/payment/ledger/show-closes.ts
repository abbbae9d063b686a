/** Shows administrators the closed days, and proves one. */
import { isDeepStrictEqual } from "node:util";
import { answer, type Call } from "@holdfast/chassis/endpoint";
import type { getLedgerClose, listLedgerCloses } from "@holdfast/contracts/api/ledger";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { closeNotFound } from "../problems.ts";
import { booksOf, readClose } from "./closes.ts";

interface Deps {
  readonly db: Kysely<PaymentTables>;
}

export async function listCloses({ db }: Deps, { query }: Call<typeof listLedgerCloses>) {
  const rows = await db
    .selectFrom("ledger_closes")
    .select(["day", "transactions", "entries", "hash", "closed_at as closedAt"])
    .$if(query.before !== undefined, (all) => all.where("day", "<", query.before!))
    .orderBy("day", "desc")
    .limit(query.limit)
    .execute();
  return answer({ items: rows });
}

/** @throws closeNotFound */
export async function proveClose({ db }: Deps, { params }: Call<typeof getLedgerClose>) {
  const written = await readClose(db, params.day);
  if (written === null) throw closeNotFound();
  const { closedAt, ...closed } = written;
  const found = await booksOf(db, params.day);
  return answer({ closed, closedAt, found, matches: isDeepStrictEqual(closed, found) });
}
