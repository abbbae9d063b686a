/**
 * What a guest can pay by again. It is read at the provider each time: whatever was detached or renewed there is so here at
 * once, whether or not we were told.
 */
import { cursorOf } from "@holdfast/chassis/cursor";
import { requestInvalid, unavailable } from "@holdfast/chassis/problems";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { SavedMethodView } from "@holdfast/contracts/api/payment-methods";
import { savedMethodId } from "@holdfast/contracts/api/paying";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import { findCustomer } from "../customers/customer-rows.ts";
import { forgetCustomers } from "../customers/forget-customer.ts";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { providerRefused } from "../problems.ts";
import type { CustomerProvider, SavedMethod } from "../providers/customer-provider.ts";

export interface ListMethodsDeps {
  readonly db: Kysely<PaymentTables>;
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly customerProvider: CustomerProvider;
}

interface Asked {
  readonly userId: Id<"usr">;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** The provider's ids are cursors of its lists, so they are of ours. */
function readCursor(cursor: string): string {
  const parsed = savedMethodId.safeParse(Buffer.from(cursor, "base64url").toString());
  if (!parsed.success) throw foreignCursor();
  return parsed.data;
}

function foreignCursor() {
  const message = "must be the `next` of a page of this list";
  return requestInvalid(undefined, { errors: [{ field: "after", message, code: "invalid_cursor" }] });
}

function viewOf({ methodId, ...method }: SavedMethod): SavedMethodView {
  return { paymentMethodId: methodId, ...method };
}

/** Those of them that were removed, some perhaps still on their way out. */
async function removedOf(
  db: Kysely<PaymentTables>,
  userId: Id<"usr">,
  methods: readonly SavedMethod[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom("removed_methods")
    .select("method_id")
    .where("user_id", "=", userId)
    .where("method_id", "=", (eb) => eb.fn.any(eb.val(methods.map(({ methodId }) => methodId))))
    .execute();
  return new Set(rows.map((row) => row.method_id));
}

/** @throws requestInvalid for a foreign cursor, providerRefused; unavailable while the provider does not answer */
export async function listMethods(
  deps: ListMethodsDeps,
  { userId, limit, after }: Asked,
): Promise<{ items: SavedMethodView[]; next: string | null }> {
  const { db, customerProvider } = deps;
  const cursor = after === undefined ? null : readCursor(after);
  const customer = await findCustomer(db, userId);
  const customerId = customer?.isErased === false ? customer.providerId : null;
  if (customerId === null) return { items: [], next: null };
  const page = await customerProvider.listMethods({ customerId, limit, after: cursor });
  if (page.outcome === "failed") throw unavailable("The payment provider does not answer right now.");
  if (page.outcome === "refused") {
    if (page.reason === "cursor") throw foreignCursor();
    if (page.reason === "refused") throw providerRefused();
    await forgetCustomers(deps, [{ userId, customerId }]);
    return { items: [], next: null };
  }
  const removed = await removedOf(db, userId, page.methods);
  const last = page.methods.at(-1);
  return {
    items: page.methods.filter(({ methodId }) => !removed.has(methodId)).map(viewOf),
    next: page.more && last !== undefined ? cursorOf(last.methodId) : null,
  };
}

/** Methods that one person's data lists at most. */
const ofPersonMax = 1_000;
const pageMax = 100;

/** All of them, for whoever asks what is kept about them. @throws as `listMethods` does */
export async function allMethods(deps: ListMethodsDeps, userId: Id<"usr">): Promise<SavedMethodView[]> {
  const all: SavedMethodView[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await listMethods(deps, { userId, limit: pageMax, after });
    all.push(...items);
    after = next ?? undefined;
  } while (after !== undefined && all.length < ofPersonMax);
  return all;
}
