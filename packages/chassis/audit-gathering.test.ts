import type { AuditReport } from "@holdfast/contracts/api/audit";
import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { AuditGathering } from "./audit-gathering.ts";

function reportOf(of: Partial<AuditReport> = {}): AuditReport {
  return {
    entryId: newId("aud"),
    at: "2027-01-01T00:00:00Z",
    kind: "refusal",
    service: "booking",
    action: "getBooking",
    outcome: "booking/not-found",
    actor: null,
    sessionId: null,
    keyId: null,
    targets: [],
    network: "192.0.2.0/24",
    requestId: null,
    times: 1,
    ...of,
  };
}

function add(gathering: AuditGathering, of: Partial<AuditReport> = {}): boolean {
  const report = reportOf(of);
  return gathering.add(report, () => report);
}

test("the same thing again is one report that says how often, as its first was", () => {
  const gathering = new AuditGathering(10);
  const first = reportOf({ requestId: "first" });
  gathering.add(first, () => first);
  add(gathering, { requestId: "second" });
  add(gathering, { requestId: "third" });
  expect(gathering.take()).toEqual([{ ...first, times: 3 }]);
  expect(gathering.take()).toEqual([]);
});

test.each([
  { kind: "action" },
  { action: "cancelBooking" },
  { outcome: "auth/forbidden" },
  { actor: newId("usr") },
  { network: "198.51.100.0/24" },
  { targets: [newId("bkg")] },
] as const)("another %j is another report", (other) => {
  const gathering = new AuditGathering(10);
  add(gathering);
  add(gathering, other as Partial<AuditReport>);
  expect(gathering.take()).toHaveLength(2);
});

test("takes no more kinds than its bound, and still counts the known ones", () => {
  const gathering = new AuditGathering(2);
  expect(add(gathering, { action: "one" })).toBe(true);
  expect(add(gathering, { action: "two" })).toBe(true);
  expect(add(gathering, { action: "three" })).toBe(false);
  expect(add(gathering, { action: "two" })).toBe(true);
  expect(gathering.take().map(({ action, times }) => [action, times])).toEqual([
    ["one", 1],
    ["two", 2],
  ]);
  expect(add(gathering, { action: "three" })).toBe(true);
});
