import type { Account } from "./account.ts";
import { invalidParameter } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { optionalTexts } from "./parameters.ts";

const maximumDepth = 4;

/** Swaps the ids named by `expand` for their objects, in copies; lists expand under `data.`. */
export function expanded(account: Account, answer: object, form: Form): object {
  let result = answer;
  for (const path of optionalTexts(form, "expand") ?? []) {
    const steps = path.split(".");
    if (steps.length > maximumDepth)
      throw invalidParameter(`You cannot expand more than ${maximumDepth} levels of a property.`, "expand");
    result = expandPath(account, result, steps, path);
  }
  return result;
}

function expandPath(account: Account, node: object, steps: readonly string[], path: string): object {
  const [step, ...rest] = steps;
  if (step === undefined) return node;
  const value: unknown = Object.hasOwn(node, step) ? Reflect.get(node, step) : undefined;
  if (value === null) return node;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) =>
      isObject(item) ? expandPath(account, item, rest, path) : item,
    );
    return { ...node, [step]: items };
  }
  const target = isObject(value) ? value : typeof value === "string" ? referenced(account, value) : undefined;
  if (target === undefined) {
    throw invalidParameter(`This property cannot be expanded (${path}).`, "expand");
  }
  return { ...node, [step]: expandPath(account, target, rest, path) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function referenced(account: Account, id: string): object | undefined {
  const { intents, charges, customers, paymentMethods, refunds, balanceTransactions } = account;
  const { accounts, transfers, transferReversals, disputes, payouts } = account;
  const stored =
    intents.get(id) ??
    charges.get(id) ??
    customers.get(id) ??
    paymentMethods.get(id) ??
    refunds.get(id) ??
    balanceTransactions.get(id) ??
    accounts.get(id) ??
    transfers.get(id) ??
    transferReversals.get(id) ??
    disputes.get(id) ??
    payouts.get(id);
  return stored?.object;
}
