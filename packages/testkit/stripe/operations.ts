import { connectOperations } from "./connect-operations.ts";
import { customerOperations } from "./customer-operations.ts";
import type { Operation } from "./operation.ts";
import { paymentOperations } from "./payment-operations.ts";

const operations: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(paymentOperations),
  ...Object.entries(customerOperations),
  ...Object.entries(connectOperations),
]);

/** Every operation's name, as faults and the request log use it. */
export function operationNames(): string[] {
  return [...operations.values()].map(({ name }) => name);
}

/** Finds the operation behind `/v1/<noun>[/<id>[/<verb>[/<part>]]]`. */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation; id: string; part: string } | undefined {
  const [noun = "", id, verb, part, more] = path.slice("/v1/".length).split("/");
  if (more !== undefined) return undefined;
  const shape = [noun, id && ":id", verb, part && ":part"].filter((step) => step !== undefined).join("/");
  const operation = operations.get(`${method} ${shape}`);
  return operation === undefined ? undefined : { operation, id: id ?? "", part: part ?? "" };
}
