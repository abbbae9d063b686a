import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineEvent } from "../define-event.ts";
import { allEvents } from "../events/all.ts";
import { publishedFiles, publishedFolder, readSchemaFiles, refuseToReplace, schemaFiles } from "./files.ts";

test("what is published is what is defined: after a change run `npm run contracts`", async () => {
  for (const { url, text } of publishedFiles()) {
    expect(await readFile(url, "utf8"), url.pathname).toBe(text);
  }
});

test("every event that was ever published is still defined, with additions only", async () => {
  const published = await readSchemaFiles(publishedFolder);
  expect(published.size).toBeGreaterThanOrEqual(allEvents.length);
  expect(refuseToReplace(published, schemaFiles(allEvents))).toEqual([]);
});

const sample = (data: z.ZodType) =>
  defineEvent("sample.made.v1", { emitter: "booking", description: "Made.", data });

test("refuses to overwrite a published event with a breaking change, and names the version to add", () => {
  const published = schemaFiles([sample(z.object({ total: z.int(), note: z.string().optional() }))]);
  const defined = schemaFiles([sample(z.object({ total: z.string(), note: z.string().optional() }))]);
  expect(refuseToReplace(published, defined).join("\n")).toMatch(
    /data\.total .*Leave sample\.made\.v1 .*add sample\.made\.v2/,
  );
});

test("overwrites a published event that only gained an optional field", () => {
  const published = schemaFiles([sample(z.object({ total: z.int() }))]);
  const defined = schemaFiles([sample(z.object({ total: z.int(), note: z.string().optional() }))]);
  expect(refuseToReplace(published, defined)).toEqual([]);
});

test("refuses to forget a published event", () => {
  const published = schemaFiles([sample(z.object({ total: z.int() }))]);
  expect(refuseToReplace(published, new Map()).join("\n")).toMatch(
    /sample\.made\.v1 is published and no longer defined/,
  );
});
