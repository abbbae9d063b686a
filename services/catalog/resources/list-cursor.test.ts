import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import { cursorAfter, readCursor } from "./list-cursor.ts";

test("a cursor is read back as the resource it stands for, and fits the contract's 200 characters", () => {
  const last = newId("res");
  expect(readCursor(cursorAfter(last))).toBe(last);
  expect(cursorAfter(last).length).toBeLessThan(200);
});

const sound = cursorAfter(newId("res"));
const encoded = (text: string) => Buffer.from(text).toString("base64url");

test.each([
  "",
  "x",
  newId("res"),
  encoded(newId("vnd")),
  encoded("' or 1=1 --"),
  `${sound}A`,
  sound.slice(0, -1),
  `${sound}=`,
  ` ${sound}`,
])("refuses %j, naming `after`", (after) => {
  expect(() => readCursor(after)).toThrow(
    expect.objectContaining({
      code: "request/invalid",
      errors: [expect.objectContaining({ field: "after" })],
    }),
  );
});
