import { expect, test } from "vitest";
import { ifMatchAllows, versionTag } from "./version-tag.ts";

test("the tag of a version is quoted", () => {
  expect(versionTag(3)).toBe('"3"');
});

test.each(['"3"', '"1", "3"', "*", ' "3" '])("If-Match %s allows changing version 3", (header) => {
  expect(ifMatchAllows(header, 3)).toBe(true);
});

test.each(['"2"', "3", 'W/"3"', "", '"33"', '"3', ","])(
  "If-Match %s does not allow changing version 3",
  (header) => {
    expect(ifMatchAllows(header, 3)).toBe(false);
  },
);
