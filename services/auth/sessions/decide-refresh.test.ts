import { expect, test } from "vitest";
import { decideRefresh, type SessionState } from "./decide-refresh.ts";
import { absoluteExpiry, graceMs, idleExpiry } from "./session-lifetimes.ts";

const now = Temporal.Instant.from("2026-12-01T12:00:00Z");
const live: SessionState = {
  endedAt: null,
  expiresAt: now.add({ hours: 1 }),
  idleExpiresAt: now.add({ minutes: 30 }),
};
const ago = (ms: number) => now.subtract({ milliseconds: ms });

test("the tip of a live session makes its successor", () => {
  expect(decideRefresh(live, null, now)).toEqual({ kind: "rotate" });
});

test("a token used within the grace is answered as it was then", () => {
  expect(decideRefresh(live, ago(0), now)).toEqual({ kind: "replay", usedAt: ago(0) });
  expect(decideRefresh(live, ago(graceMs), now)).toEqual({ kind: "replay", usedAt: ago(graceMs) });
});

test("a token used by a replica whose clock is ahead is answered, not suspected", () => {
  expect(decideRefresh(live, ago(-50), now).kind).toBe("replay");
});

test("a token used before the grace is reuse", () => {
  expect(decideRefresh(live, ago(graceMs + 1), now)).toEqual({ kind: "reused" });
});

test.each<[string, SessionState]>([
  ["ended", { ...live, endedAt: ago(1) }],
  ["expired", { ...live, expiresAt: now }],
  ["idle for too long", { ...live, idleExpiresAt: now }],
])("a session that is %s is over for every token of it", (_, session) => {
  expect(decideRefresh(session, null, now).kind).toBe("over");
  expect(decideRefresh(session, ago(1), now).kind).toBe("over");
  expect(decideRefresh(session, ago(graceMs * 2), now).kind).toBe("over");
});

test("a session lives 14 days from its last refresh and 30 days at most", () => {
  const end = absoluteExpiry(now);
  expect(now.until(end).total("hours")).toBe(30 * 24);
  expect(now.until(idleExpiry(now, end)).total("hours")).toBe(14 * 24);
  const late = now.add({ hours: 20 * 24 });
  expect(idleExpiry(late, end).equals(end)).toBe(true);
});
