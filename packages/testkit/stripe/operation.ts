import type { Account } from "./account.ts";
import type { Form } from "./form-body.ts";

/** One call of Stripe's API. `id` is empty where the path names none, and so is the `part` of what it names. */
export interface Operation {
  readonly name: string;
  readonly accepts: ReadonlySet<string>;
  readonly run: (account: Account, id: string, form: Form, part: string) => object;
}

/** Operations by method and path, such as `POST payment_intents/:id/capture`. */
export type OperationTable = Readonly<Record<string, Operation>>;

/** What every list takes. */
export const paging = ["limit", "starting_after", "ending_before", "created"];

export function operation(name: string, accepts: readonly string[], run: Operation["run"]): Operation {
  return { name, accepts: new Set([...accepts, "expand"]), run };
}
