import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("work under one key is done one after the other, in order, also where some of it fails", async () => {
  const turns = createTurns(10);
  const seen: string[] = [];
  const work = (name: string, fails = false) =>
    turns.take("ada", async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const done = await Promise.allSettled([work("one"), work("two", true), work("three")]);
  expect(done.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(seen).toEqual(["one begins", "one ends", "two begins", "two ends", "three begins", "three ends"]);
});

test("what comes when too many wait is not done, and one key's crowd is not another's", async () => {
  const turns = createTurns(2);
  const gate = Promise.withResolvers<void>();
  const work = (key: string) => turns.take(key, () => gate.promise);
  const [one, two] = [work("ada"), work("ada")];
  expect(await work("ada")).toBeUndefined();
  const other = work("joan");
  gate.resolve();
  expect(await Promise.all([one, two, other])).toEqual(
    Array.from({ length: 3 }, () => ({ result: undefined })),
  );
  expect(await work("ada")).toEqual({ result: undefined });
});
