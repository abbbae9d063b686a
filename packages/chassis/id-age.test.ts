import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { idBefore, timeOfId } from "./id-age.ts";

test("an id sorts after the boundary of every earlier moment and before that of every later one", () => {
  for (let count = 0; count < 100; count += 1) {
    const before = Date.now();
    const id = newId("evt");
    const after = Date.now();
    expect(id >= idBefore("evt", 0, before)).toBe(true);
    expect(id < idBefore("evt", 0, after + 1)).toBe(true);
    expect(id > idBefore("evt", 1_000, after)).toBe(true);
  }
});

test("a boundary has the shape of an id of its kind", () => {
  expect(idBefore("evt", 0)).toMatch(/^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  expect(idBefore("msg", 0)).toMatch(/^msg_/);
});

test("an id tells when it was made", () => {
  const before = Date.now();
  const made = timeOfId(newId("evt"));
  expect(made).toBeGreaterThanOrEqual(before);
  expect(made).toBeLessThanOrEqual(Date.now());
  expect(timeOfId(idBefore("evt", 0, 1_234_567))).toBe(1_234_567);
});
