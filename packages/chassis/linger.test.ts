import { describe, expect, test } from "vitest";
import { lingerFor } from "./linger.ts";

const limits = { maxItems: 64, lingerMs: 2 };

describe("a batch", () => {
  test("starts at once when the last one was small", () => {
    expect(lingerFor({ ...limits, waiting: 1, lastSize: 0 })).toEqual({ waitMs: 0, until: 1 });
    expect(lingerFor({ ...limits, waiting: 3, lastSize: 7 })).toEqual({ waitMs: 0, until: 3 });
  });

  test("waits a moment under load, until as many have gathered as last time", () => {
    expect(lingerFor({ ...limits, waiting: 5, lastSize: 20 })).toEqual({ waitMs: 2, until: 20 });
  });

  test("does not wait once as many have gathered as last time", () => {
    expect(lingerFor({ ...limits, waiting: 20, lastSize: 20 })).toEqual({ waitMs: 0, until: 20 });
  });

  test("never waits for more than it may hold", () => {
    expect(lingerFor({ ...limits, waiting: 64, lastSize: 500 }).waitMs).toBe(0);
    expect(lingerFor({ ...limits, waiting: 63, lastSize: 500 }).until).toBe(64);
  });
});
