import { expect, test } from "vitest";
import { newestByKey } from "./newest-by-key.ts";

const keyOf = ({ key }: { readonly key: string }) => key;

test("of each key the highest version is kept, the first of equals, in the keys' order", () => {
  const all = [
    { key: "b", version: 2, said: "first" },
    { key: "a", version: 1, said: "old" },
    { key: "b", version: 2, said: "again" },
    { key: "a", version: 3, said: "new" },
    { key: "a", version: 2, said: "late" },
  ];
  expect(newestByKey(all, keyOf).map(({ key, said }) => [key, said])).toEqual([
    ["a", "new"],
    ["b", "first"],
  ]);
});
