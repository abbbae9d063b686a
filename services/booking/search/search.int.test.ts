import { resourceRetired } from "@holdfast/contracts/events/catalog";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, slotAt } from "../booking-world.fixture.ts";
import { SearchWorld } from "./search-world.fixture.ts";

let world: BookingWorld;
let find: SearchWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
  find = new SearchWorld(world);
});
afterAll(() => world[Symbol.asyncDispose]());

const lisbon = { latitude: 38.7139, longitude: -9.1394 };
const at = (latitude: number, longitude: number) => ({ location: { latitude, longitude } });

describe("finds by what it is:", () => {
  test("words of title, kind, attributes and description, the last one's beginning, those of the title first", async () => {
    const word = `zq${Date.now()}`;
    const { ids } = await find.publish(
      { title: "Attic", description: `Quiet, near the ${word}` },
      { title: `Café ${word}ish`, kind: "table" },
      { title: "Attic", attributes: { near: `The ${word.toUpperCase()}!` } },
      { title: "Attic", kind: `${word} room` },
      { title: "Elsewhere", kind: "room" },
    );
    const [described, titled, attributed, ofKind] = ids;
    const found = await find.search({ text: word });
    expect(found.ids[0]).toBe(titled);
    expect(new Set(found.ids.slice(1, 3))).toEqual(new Set([attributed, ofKind]));
    expect(found.ids.slice(3)).toEqual([described]);
    expect((await find.search({ text: `cafe ${word}` })).ids).toEqual([titled]);
    expect((await find.search({ text: `${word} attic` })).ids).toHaveLength(3);
    expect((await find.search({ text: `${word} nowhere` })).ids).toEqual([]);
  });

  test("kind, vendor and attributes, each for itself and together", async () => {
    const kind = `kind-${Date.now()}`;
    const { vendorId, ids } = await find.publish(
      { kind, attributes: { floor: 3, view: "sea", wheelchair: true } },
      { kind, attributes: { floor: "3", view: "sea" } },
      { kind: "other", attributes: { floor: 4, view: "sea" } },
    );
    const [first, second, third] = ids;
    const newest = (...wanted: (string | undefined)[]) => wanted.toReversed();
    expect((await find.search({ kind })).ids).toEqual(newest(first, second));
    expect((await find.search({ vendorId })).ids).toEqual(newest(first, second, third));
    const having = async (query: string) => (await find.search(`vendorId=${vendorId}&${query}`)).ids;
    expect(await having("attributes=floor:3")).toEqual(newest(first, second));
    expect(await having("attributes=floor:3&attributes=wheelchair:true")).toEqual([first]);
    expect(await having(`kind=${kind}&attributes=view:sea&attributes=floor:4`)).toEqual([]);
    expect(await having("attributes=view:se")).toEqual([]);
  });

  test("price, in one currency, and how many and how large its units are", async () => {
    const price = (amountMinor: number, currency: string) => ({
      per: "hour" as const,
      amountMinor,
      currency,
    });
    const { vendorId, ids } = await find.publish(
      { price: price(900, "EUR"), capacity: 2, peoplePerUnit: 2 },
      { price: price(500, "EUR"), capacity: 10, peoplePerUnit: 4 },
      { price: price(700, "JPY"), capacity: 1 },
    );
    const [dear, cheap, yen] = ids;
    const having = async (query: string) => (await find.search(`vendorId=${vendorId}&${query}`)).ids;
    expect(await having("sort=price&currency=EUR")).toEqual([cheap, dear]);
    expect(await having("priceFrom=501&priceTo=900&currency=EUR")).toEqual([dear]);
    expect(await having("priceTo=900&currency=JPY")).toEqual([yen]);
    expect(await having("capacity=2")).toEqual([cheap, dear]);
    expect(await having("people=3")).toEqual([yen, cheap]);
    expect(await having("people=4&quantity=2")).toEqual([cheap, dear]);
  });
});

describe("finds by where it is:", () => {
  test("within a distance, nearest first, with the distance told", async () => {
    const { vendorId, ids } = await find.publish(
      at(41.1579, -8.6291),
      at(38.7167, -9.1333),
      at(38.8029, -9.3817),
      {},
    );
    const [porto, baixa, sintra] = ids;
    const near = `${lisbon.latitude},${lisbon.longitude}`;
    const around = await find.search({ vendorId, near });
    expect(around.ids).toEqual([baixa, sintra]);
    expect(around.items.map((item) => Math.round(item.distanceKm!))).toEqual([1, 23]);
    const far = await find.search({ vendorId, near, withinKm: 300 });
    expect(far.ids).toEqual([baixa, sintra, porto]);
    // Lisbon to Porto: 274 km.
    expect(Math.round(far.items[2]!.distanceKm!)).toBe(275);
  });

  test("across the date line", async () => {
    const { vendorId, ids } = await find.publish(at(-16.8, 179.99), at(-16.8, -179.99), at(-16.8, 0));
    const found = await find.search({ vendorId, near: "-16.8,179.995", withinKm: 10 });
    expect(found.ids).toEqual([ids[0], ids[1]]);
  });
});

describe("what takes no bookings is not found:", () => {
  test("a retired resource, also where its retirement overtook its publication", async () => {
    const { vendorId, ids } = await find.publish({}, {});
    const retire = (resourceId: Id<"res">, version: number) =>
      world.tap.emit(resourceRetired, { subject: resourceId, version, data: { resourceId, version } });
    await retire(ids[0]!, 2);
    await until("it to be gone", async () => (await find.search({ vendorId })).ids.length === 1);
    const overtaken = newId("res");
    await retire(overtaken, 2);
    await until("the retirement", async () => {
      const known = await world.sql.query("select 1 from resources where resource_id = $1", [overtaken]);
      return known.rowCount === 1;
    });
    await find.emit(vendorId, overtaken, 1, {});
    const marker = await find.publish({});
    expect((await find.search({ vendorId: marker.vendorId })).ids).toEqual(marker.ids);
    expect((await find.search({ vendorId })).ids).toEqual([ids[1]]);
  });

  test("a suspended vendor's, and those that a stale feed closes", async () => {
    const { vendorId, ids } = await find.publish({}, {}, {});
    await world.sql.query("update resources set vendor_suspended = true where resource_id = $1", [ids[0]]);
    await world.sql.query("update calendars set stale_at = now() where resource_id = $1", [ids[1]]);
    expect((await find.search({ vendorId })).ids).toEqual([ids[2]]);
    expect((await find.search({ vendorId, ...slotAt(9) })).ids).toEqual([ids[2]]);
  });

  test("and a resource is found by what its newest version says", async () => {
    const [before, after] = [`old${Date.now()}`, `new${Date.now()}`];
    const { vendorId, ids } = await find.publish({ title: before });
    await find.emit(vendorId, ids[0]!, 2, { title: after });
    await until("the new title", async () => (await find.search({ text: after })).ids.length === 1);
    expect((await find.search({ text: before })).ids).toEqual([]);
    await find.emit(vendorId, ids[0]!, 1, { title: before });
    await find.publish({});
    expect((await find.search({ text: before })).ids).toEqual([]);
  });
});

test("what an earlier release published is found once this one has started", async () => {
  const { vendorId, ids } = await find.publish({}, {});
  await world.sql.query("delete from resource_search where resource_id = $1", [ids[0]]);
  await world.sql.query("update resource_search set version = 0, kind = 'stale' where resource_id = $1", [
    ids[1],
  ]);
  await world.restart();
  const found = await until("both to be found", async () => {
    const chairs = await find.search({ vendorId, kind: "chair" });
    return chairs.ids.length === 2 ? chairs.ids : undefined;
  });
  expect(found).toEqual(ids.toReversed());
});

describe("text is text:", () => {
  test.each([
    "') or 1=1 --",
    "a' & !b | (c:*",
    "title:A <-> b",
    "\\'; drop table resource_search; --",
    "%27 %_ *",
    "𝔘𝔫𝔦 ﷽ e\u0301",
  ])("%s finds nothing and breaks nothing", async (text) => {
    const found = await find.search({ text: `${text} qxqxqx`, kind: text, attributes: `name:${text}` });
    expect([found.status, found.ids]).toEqual([200, []]);
  });

  test.each([
    [{ text: "!?" }, "text"],
    [{ near: "91,0" }, "near"],
    [{ near: "1,2,3" }, "near"],
    [{ withinKm: 5 }, "near"],
    [{ attributes: "__proto__:x" }, "attributes"],
    [{ priceFrom: 5 }, "currency"],
    [{ priceFrom: 5, priceTo: 4, currency: "EUR" }, "priceTo"],
    [{ sort: "price" }, "sort"],
    [{ sort: "relevance" }, "sort"],
    [{ sort: "cheapest" }, "sort"],
    [{ startsAt: "2027-01-01T10:00:00Z" }, "endsAt"],
    [{ startsAt: "2027-01-01T10:00:00Z", endsAt: "2027-01-01T10:00:00Z" }, "endsAt"],
    [{ from: "2027-01-01" }, "to"],
    [{ from: "2027-01-02", to: "2027-01-01" }, "to"],
    [{ from: "2027-02-30", to: "2027-03-01" }, "from"],
    [{ from: "2027-01-01", to: "2027-03-04" }, "to"],
    [{ startsAt: "2027-01-01T10:00:00Z", endsAt: "2028-01-03T10:00:00Z" }, "endsAt"],
    [{ minutes: 60 }, "from"],
    [{ quantity: 0 }, "quantity"],
    [{ limit: 1001 }, "limit"],
    [{ people: "many" }, "people"],
    [{ vendorId: "vnd_1" }, "vendorId"],
    [{ colour: "red" }, "colour"],
  ])("%j is refused by naming %s", async (query, field) => {
    const found = await find.search(query);
    expect([found.status, found.fields]).toEqual([400, [field]]);
  });
});
