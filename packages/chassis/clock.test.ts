import { expect, test } from "vitest";
import { createClock } from "./clock.ts";

const inAnHour = () => Temporal.Now.instant().add({ hours: 1 });

test("a moved clock flows on from where it was moved to, and leaves machine time alone", () => {
  const clock = createClock({ test: true });
  const target = inAnHour();
  clock.moveTo(target);
  const ahead = clock.machineNow().until(clock.now()).total("seconds");
  expect(ahead).toBeGreaterThan(3_590);
  expect(ahead).toBeLessThan(3_610);
  expect(Temporal.Instant.compare(clock.now(), target)).toBeGreaterThanOrEqual(0);
});

test("is there already when it has caught up with the processes that were moved before it", () => {
  const clock = createClock({ test: true });
  const noon = clock.now().add({ hours: 24 });
  clock.catchUp(Math.ceil(clock.machineNow().until(noon).total("milliseconds")) + 40);
  const caughtUp = clock.aheadMs;
  clock.moveTo(noon);
  expect(clock.aheadMs).toBe(caughtUp);
});

test("refuses to move backwards", () => {
  const clock = createClock({ test: true });
  clock.moveTo(inAnHour());
  expect(() => clock.moveTo(Temporal.Now.instant())).toThrow(
    expect.objectContaining({ code: "clock/backwards" }),
  );
});

test("an ordinary clock cannot be moved", () => {
  expect(() => createClock({ test: false }).moveTo(inAnHour())).toThrow(/test clock/);
});

test("tells its listeners of a move until they stop listening", () => {
  const clock = createClock({ test: true });
  let heard = 0;
  const stop = clock.onMove(() => (heard += 1));
  clock.moveTo(inAnHour());
  stop();
  clock.moveTo(inAnHour().add({ hours: 1 }));
  expect(heard).toBe(1);
});

test("catches up with a clock that is further ahead, and never falls back to one that is not", () => {
  const clock = createClock({ test: true });
  clock.catchUp(60_000);
  expect(clock.aheadMs).toBe(60_000);
  clock.catchUp(30_000);
  expect(clock.aheadMs).toBe(60_000);
  expect(() => createClock({ test: false }).catchUp(1)).toThrow(/test clock/);
});
