import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Outcome, createBatcher } from "./batcher.ts";
import { defineProblem } from "./problem.ts";

const no = defineProblem("test/no", 409, "No.");

/** A `run` that holds each batch until it is released, and remembers what it was given. */
function heldRuns() {
  const batches: number[][] = [];
  const releases: (() => void)[] = [];
  const run = async (items: readonly number[]): Promise<Outcome<number>[]> => {
    batches.push([...items]);
    const { promise, resolve } = Promise.withResolvers<void>();
    releases.push(resolve);
    await promise;
    return items.map((item) => ({ value: item * 10 }));
  };
  return { batches, releases, run };
}

const range = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe("a batcher", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("answers each item with its own outcome", async () => {
    const batcher = createBatcher<number, number>({
      name: "test",
      run: async (items) => items.map((item) => (item === 2 ? { problem: no() } : { value: item * 10 })),
    });
    const answers = Promise.allSettled(range(3).map((item) => batcher.add(item)));
    await vi.runAllTimersAsync();
    expect(await answers).toMatchObject([
      { status: "fulfilled", value: 10 },
      { status: "rejected", reason: { code: "test/no" } },
      { status: "fulfilled", value: 30 },
    ]);
  });

  test("gathers what arrives while a batch is in flight into the next one", async () => {
    const { batches, releases, run } = heldRuns();
    const batcher = createBatcher({ name: "test", run });
    const first = batcher.add(1);
    await vi.advanceTimersByTimeAsync(0);
    const rest = range(5, 2).map((item) => batcher.add(item));
    await vi.advanceTimersByTimeAsync(50);
    expect(batches).toEqual([[1]]);
    releases[0]!();
    expect(await first).toBe(10);
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toEqual([[1], [2, 3, 4, 5, 6]]);
    releases[1]!();
    expect(await Promise.all(rest)).toEqual([20, 30, 40, 50, 60]);
  });

  test("waits under load, and only then", async () => {
    const { batches, releases, run } = heldRuns();
    const batcher = createBatcher({ name: "test", run, lingerMs: 2 });
    const answers = range(10).map((item) => batcher.add(item));
    await vi.advanceTimersByTimeAsync(0);
    expect(batches).toHaveLength(1);
    releases[0]!();
    await Promise.all(answers);
    void batcher.add(11);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toHaveLength(1);
    void batcher.add(12);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches[1]).toEqual([11, 12]);
    releases[1]!();
    await vi.advanceTimersByTimeAsync(0);
    void batcher.add(13);
    await vi.advanceTimersByTimeAsync(0);
    expect(batches[2]).toEqual([13]);
  });

  test("never exceeds its size, and keeps the order of arrival", async () => {
    const { batches, releases, run } = heldRuns();
    const batcher = createBatcher({ name: "test", run, maxItems: 4 });
    for (const item of range(10)) void batcher.add(item);
    for (let batch = 0; batch < 3; batch += 1) {
      await vi.advanceTimersByTimeAsync(5);
      releases[batch]!();
    }
    await vi.advanceTimersByTimeAsync(5);
    expect(batches).toEqual([range(4), range(4, 5), range(2, 9)]);
  });

  test("splits a batch that fails until the item at fault is alone", async () => {
    const sizes: number[] = [];
    const batcher = createBatcher<number, number>({
      name: "test",
      run: async (items) => {
        sizes.push(items.length);
        if (items.includes(5)) throw new Error("five");
        return items.map((item) => ({ value: item }));
      },
    });
    const answers = Promise.allSettled(range(8).map((item) => batcher.add(item)));
    await vi.runAllTimersAsync();
    const settled = await answers;
    expect(settled.filter((each) => each.status === "fulfilled").map((each) => each.value)).toEqual([
      1, 2, 3, 4, 6, 7, 8,
    ]);
    expect(settled[4]).toMatchObject({ status: "rejected", reason: { message: "five" } });
    expect(sizes).toEqual([8, 4, 4, 2, 1, 1, 2]);
  });

  test("does not split when the database is away: all are told", async () => {
    let runs = 0;
    const batcher = createBatcher<number, number>({
      name: "test",
      run: async () => {
        runs += 1;
        throw Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
      },
    });
    const answers = Promise.allSettled(range(8).map((item) => batcher.add(item)));
    await vi.runAllTimersAsync();
    expect((await answers).every((each) => each.status === "rejected")).toBe(true);
    expect(runs).toBe(1);
  });

  test("refuses beyond its queue, at once", async () => {
    const { releases, run } = heldRuns();
    const batcher = createBatcher({ name: "test", run, maxItems: 1, maxQueue: 2 });
    void batcher.add(1);
    await vi.advanceTimersByTimeAsync(0);
    void batcher.add(2);
    void batcher.add(3);
    await expect(batcher.add(4)).rejects.toMatchObject({ code: "service/unavailable", status: 503 });
    releases[0]!();
    await vi.advanceTimersByTimeAsync(5);
    void batcher.add(5);
  });

  test("drains what it has taken and takes no more", async () => {
    const { releases, run } = heldRuns();
    const batcher = createBatcher({ name: "test", run });
    const taken = batcher.add(1);
    const drained = batcher.drain();
    await expect(batcher.add(2)).rejects.toMatchObject({ code: "service/unavailable" });
    await vi.advanceTimersByTimeAsync(5);
    releases[0]!();
    expect(await taken).toBe(10);
    await drained;
  });
});
