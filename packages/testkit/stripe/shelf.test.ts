import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Shelf } from "./shelf.ts";

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("put"), id: fc.nat(400).map(String) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove"), id: fc.nat(400).map(String) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("oldest"), id: fc.constant("") }) },
);

describe("Shelf", () => {
  it("holds what a list kept in arrival order would hold", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const shelf = new Shelf<{ id: string }>();
        let model: string[] = [];
        const dropped: (string | undefined)[] = [];
        const expected: (string | undefined)[] = [];
        for (const { kind, id } of commands) {
          if (kind === "put") {
            shelf.put({ id });
            if (!model.includes(id)) model.push(id);
          } else if (kind === "remove") {
            shelf.remove(id);
            model = model.filter((present) => present !== id);
          } else {
            dropped.push(shelf.removeOldest()?.id);
            expected.push(model.shift());
          }
        }
        expect(dropped).toEqual(expected);
        expect([...shelf.oldestFirst()].map(({ id }) => id)).toEqual(model);
        expect([...shelf.newestFirst()].map(({ id }) => id)).toEqual(model.toReversed());
        expect(shelf.size).toBe(model.length);
      }),
      { numRuns: 50 },
    );
  });

  it("finds every entry and its neighbours after its oldest have been dropped by the thousand", () => {
    const shelf = new Shelf<{ id: string }>();
    for (let count = 0; count < 20_000; count += 1) {
      shelf.put({ id: String(count) });
      if (shelf.size > 100) shelf.removeOldest();
    }
    expect(shelf.get("19900")).toEqual({ id: "19900" });
    expect(shelf.get("19899")).toBeUndefined();
    expect([...shelf.newestFirst("19902")].map(({ id }) => id)).toEqual(["19901", "19900"]);
    expect([...shelf.oldestFirst("19997")].map(({ id }) => id)).toEqual(["19998", "19999"]);
  });

  it("stays small behind an entry that never leaves", () => {
    const shelf = new Shelf<{ id: string }>();
    shelf.put({ id: "first" });
    for (let count = 0; count < 20_000; count += 1) {
      shelf.put({ id: String(count) });
      shelf.remove(String(count));
    }
    shelf.put({ id: "last" });
    expect([...shelf.oldestFirst()].map(({ id }) => id)).toEqual(["first", "last"]);
    expect(shelf.get("first")).toEqual({ id: "first" });
  });
});
