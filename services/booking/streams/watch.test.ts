import { newId, type Id } from "@holdfast/contracts/ids";
import type { ServerEvent, StreamControl } from "@holdfast/chassis/endpoint";
import { expect, test } from "vitest";
import { hear, inOrder, type Change } from "./change.ts";
import { Watch, type Opening } from "./watch.ts";

const bookingId = newId("bkg");
const customerId = newId("usr");

/** Changes of the booking, of versions 1 to `count`, in the order of their ids. */
function changes(count: number): Change[] {
  return Array.from({ length: count }, (_, index) => ({
    id: newId("evt"),
    type: `booking.step-${index + 1}.v1`,
    bookingId,
    customerId,
    version: index + 1,
  }));
}

function open(of: Watch["of"], opening: Partial<Opening> = {}) {
  const over = new AbortController();
  let isCut = false;
  let forgotten = 0;
  const caller = { userId: customerId, roles: ["customer"], issuedAtMs: 0 } as const;
  const watch = new Watch({ caller, of }, () => (forgotten += 1));
  const control: StreamControl = { signal: over.signal, cut: () => (isCut = true) };
  const begun = { events: [], floors: new Map<Id<"bkg">, number>(), last: undefined, ...opening };
  const told = watch.events(control, async () => begun)[Symbol.asyncIterator]();
  return {
    watch,
    over,
    next: async (): Promise<ServerEvent | undefined> => (await told.next()).value as ServerEvent | undefined,
    get isCut() {
      return isCut;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

test("what was read with the opening is not told again", async () => {
  const [, second, third] = changes(3);
  const stream = open({ bookingId }, { floors: new Map([[bookingId, 2]]), last: second });
  stream.watch.take({ change: second!, view: "2" });
  stream.watch.take({ change: third!, view: "3" });
  expect(await stream.next()).toEqual({ id: third!.id, event: third!.type, data: "3" });
});

test("what arrives late is told, and does not take the client back", async () => {
  const [first, second] = changes(2);
  const stream = open({ bookingId });
  stream.watch.take({ change: second!, view: "2" });
  stream.watch.take({ change: first!, view: "1" });
  expect(await stream.next()).toMatchObject({ id: second!.id });
  expect(await stream.next()).toEqual({ event: first!.type, data: "1" });
});

test("a client 100 changes behind stands, and one more cuts it off", () => {
  const stream = open({ bookingId });
  const behind = changes(101);
  for (const change of behind.slice(0, 100)) stream.watch.take({ change, view: "" });
  expect(stream.isCut).toBe(false);
  stream.watch.take({ change: behind[100]!, view: "" });
  expect(stream.isCut).toBe(true);
});

test("a stream that is over is forgotten, even one that was never read", async () => {
  const stream = open({ customerId });
  stream.over.abort();
  expect(stream.forgotten).toBe(1);
  expect(await stream.next()).toBeUndefined();
});

test("a booking's changes are put into their order, whatever the order of their ids; bookings stay where they are", () => {
  const [a, b] = changes(2);
  const other: Change = { ...a!, bookingId: newId("bkg") };
  expect(inOrder([b!, other, a!])).toEqual([a, other, b]);
});

test("an event is heard by what it is about; one about something else is not", () => {
  const [change] = changes(1);
  const text = JSON.stringify({
    specversion: "1.0",
    id: change!.id,
    type: change!.type,
    subject: bookingId,
    aggregateversion: 1,
    data: { bookingId, customerId },
  });
  const heard = hear(text);
  expect(heard).toMatchObject({ bookingId, customerId });
  expect(heard!.read()).toEqual(change);
  expect(hear(text.replace(bookingId, newId("res")))).toBeUndefined();
  expect(hear("")).toBeUndefined();
});
