import { expect, test } from "vitest";
import { discrepancyKinds } from "../packages/contracts/api/reconciliation.ts";
import { kinds } from "../services/payment/reconciliation/kinds.ts";
import { plain, readDocument, tableOf } from "./markdown.ts";

test("says of every kind of discrepancy what the code says, and of no other", () => {
  const { rows } = tableOf(readDocument("docs/reconciliation.md").text, "kind");
  const inCode = discrepancyKinds.map((kind) => {
    const { means, cause, done, person } = kinds[kind];
    return [kind, means, cause, done, person].map(plain);
  });
  expect(rows.map((row) => row.map(plain))).toEqual(inCode);
});
