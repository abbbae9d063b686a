import type { Envelope } from "@holdfast/contracts/define-event";
import { expect, test } from "vitest";
import { InvalidEvent, parseEnvelope, toReceived } from "./received.ts";
import { tested } from "./test-service.ts";

const envelope: Envelope = {
  specversion: "1.0",
  id: "evt_1",
  source: "/services/booking",
  type: "booking.tested.v1",
  subject: "bkg_1",
  time: "2026-12-01T15:00:00Z",
  datacontenttype: "application/json",
  aggregateversion: 3,
  data: { number: 1, addedLater: true },
};

test("members that the schema does not know yet harm nobody", () => {
  expect(toReceived(tested, envelope, 2)).toEqual({
    id: "evt_1",
    data: { number: 1 },
    subject: "bkg_1",
    version: 3,
    time: "2026-12-01T15:00:00Z",
    deliveries: 2,
  });
});

test("data that breaks its schema is refused with every reason", () => {
  const broken = { ...envelope, data: { number: "one" } };
  expect(() => toReceived(tested, broken, 1)).toThrow(/booking\.tested\.v1.*number/);
});

test("an envelope of another type is refused", () => {
  expect(() => toReceived(tested, { ...envelope, type: "booking.other.v1" }, 1)).toThrow(InvalidEvent);
});

test("what is not a JSON object is refused", () => {
  for (const body of ["", "{", "null", "7"]) expect(() => parseEnvelope(body)).toThrow(InvalidEvent);
});
