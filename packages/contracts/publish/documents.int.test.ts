import { lintFromString, createConfig } from "@redocly/openapi-core";
import { Parser } from "@asyncapi/parser";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { newId } from "../ids.ts";
import { allEvents } from "../events/all.ts";
import { publishedFolder, readSchemaFiles } from "./files.ts";

const docs = new URL("../../../docs/", import.meta.url);

test("every published schema is a valid JSON Schema 2020-12", async () => {
  const published = await readSchemaFiles(publishedFolder);
  expect(published.size).toBe(allEvents.length);
  const ajv = new Ajv2020({ strict: true, formats: { "date-time": true, date: true, email: true } });
  for (const [name, schema] of published) expect(ajv.validateSchema(schema), name).toBe(true);
});

test("a published schema takes the event it describes, also with members it does not know, and no other", async () => {
  const schema = (await readSchemaFiles(publishedFolder)).get("refund.succeeded.v1.schema.json");
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema!);
  const event = {
    specversion: "1.0",
    id: newId("evt"),
    source: "/services/payment",
    type: "refund.succeeded.v1",
    subject: newId("pay"),
    time: "2026-12-01T15:00:00Z",
    datacontenttype: "application/json",
    aggregateversion: 3,
    data: {
      paymentId: newId("pay"),
      bookingId: newId("bkg"),
      refundId: newId("rfd"),
      refunded: { amountMinor: 500, currency: "EUR", later: true },
      keptMinor: 0,
      later: "unknown today",
    },
  };
  expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...event, type: "refund.failed.v1" })).toBe(false);
  expect(validate({ ...event, data: { ...event.data, refundId: newId("pay") } })).toBe(false);
  expect(validate({ ...event, data: { ...event.data, keptMinor: 0.5 } })).toBe(false);
});

test("the AsyncAPI document is valid and has every event once", async () => {
  const { document, diagnostics } = await new Parser().parse(
    await readFile(new URL("asyncapi.yaml", docs), "utf8"),
  );
  expect(
    diagnostics
      .filter(({ severity }) => severity <= 1)
      .map(({ path, message }) => `${path.join(".")}: ${message}`),
  ).toEqual([]);
  expect(
    document
      ?.channels()
      .all()
      .map((channel) => channel.address())
      .toSorted(),
  ).toEqual(allEvents.map(({ type }) => type));
});

test("the OpenAPI document is valid by the recommended rules", async () => {
  const url = new URL("openapi.yaml", docs);
  const found = await lintFromString({
    source: await readFile(url, "utf8"),
    absoluteRef: url.pathname,
    // Where a sign-in is sent on to Google and back, a redirect is the success.
    config: await createConfig({ extends: ["recommended"], rules: { "operation-2xx-response": "off" } }),
  });
  expect(
    found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`),
  ).toEqual([]);
});
