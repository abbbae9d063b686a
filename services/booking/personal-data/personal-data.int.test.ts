import { userErased } from "@holdfast/contracts/events/auth";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GuestStay } from "../booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";

let world: BookingWorld;
let chair: Id<"res">;
const vendorId = newId("vnd");
const manager: Caller = { userId: newId("usr"), roles: ["vendor"] };

beforeAll(async () => {
  world = await BookingWorld.start();
  chair = await world.publish({}, vendorId);
  await world.sql.query(
    "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, 'manager', 1)",
    [vendorId, manager.userId],
  );
});
afterAll(() => world[Symbol.asyncDispose]());

async function erase(userId: Id<"usr">): Promise<void> {
  const id = await world.tap.emit(userErased, { subject: userId, version: 2, data: { userId } });
  await until("it to be consumed", async () => {
    const { rowCount } = await world.sql.query("select from inbox where event_id = $1", [id]);
    return rowCount === 1;
  });
}

const words = async (bookingId: string) =>
  (
    await world.sql.query<{ what: string; by: string; said: string | null }>(
      "select what, by, detail ->> 'said' as said from timeline where booking_id = $1 order by version",
      [bookingId],
    )
  ).rows;

test("what was said about a guest goes with them; who did what, and for how much, stays", async () => {
  const stay = await GuestStay.authorised(world, { resourceId: chair, ...slotAt(3) });
  await stay.call("POST", "/call-off", { reason: "Never again" }, manager);
  const before = await words(stay.bookingId);
  expect(before.at(-1)).toMatchObject({ what: "cancelled", said: "Never again" });
  const row = await stay.row();
  await erase(stay.guest.userId);
  expect(await words(stay.bookingId)).toEqual(before.map((entry) => ({ ...entry, said: null })));
  expect(await stay.row()).toEqual({ ...row, payment_method: null });
});

test("what one of a vendor's people wrote goes with them, and their calendar is read no longer", async () => {
  const writer: Caller = { userId: newId("usr"), roles: ["vendor"] };
  await world.sql.query(
    "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, 'manager', 1)",
    [vendorId, writer.userId],
  );
  const stay = await GuestStay.authorised(world, { resourceId: chair, ...slotAt(4) });
  const other = await GuestStay.authorised(world, { resourceId: chair, ...slotAt(5) });
  await stay.call("POST", "/call-off", { reason: "Mine" }, writer);
  await other.call("POST", "/call-off", { reason: "Somebody else's" }, manager);
  const block = { ...slotAt(6), reason: "Dentist" };
  await world.call("POST", `/v1/resources/${chair}/blocks`, writer, block);
  const feed = { url: "https://calendars.example/me.ics" };
  const made = await world.call("POST", `/v1/resources/${chair}/feeds`, writer, feed);
  expect(made.status).toBe(201);
  await erase(writer.userId);
  expect((await words(stay.bookingId)).at(-1)!.said).toBeNull();
  expect((await words(other.bookingId)).at(-1)!.said).toBe("Somebody else's");
  const { rows } = await world.sql.query("select reason from blocks where created_by = $1", [writer.userId]);
  expect(rows).toEqual([{ reason: "Erased" }]);
  expect((await world.sql.query("select from feeds")).rowCount).toBe(0);
});

test("the timeline stays append-only: nothing of it changes but that words go", async () => {
  const stay = await GuestStay.held(world, { resourceId: chair, ...slotAt(7) });
  const change = (set: string) =>
    world.sql.query(`update timeline set ${set} where booking_id = $1`, [stay.bookingId]);
  await expect(change("what = 'confirmed'")).rejects.toThrow("append-only");
  await expect(change(`detail = '{"said":"more"}'`)).rejects.toThrow("append-only");
  await expect(change("by = 'nobody'")).rejects.toThrow("append-only");
});

test("an erased guest waits for nothing any longer", async () => {
  const slot = { resourceId: chair, ...slotAt(8) };
  await GuestStay.authorised(world, slot);
  const waiting = newCustomer();
  const joined = await world.call("POST", "/v1/waitlist", waiting, slot);
  expect(joined.status).toBe(201);
  await erase(waiting.userId);
  const { rows } = await world.sql.query("select state from waitlist where customer_id = $1", [
    waiting.userId,
  ]);
  expect(rows).toEqual([{ state: "left" }]);
});

test("what is kept is told to services alone, with how many bookings are to come", async () => {
  const guest = newCustomer();
  const stay = await GuestStay.held(world, { resourceId: chair, ...slotAt(9) }, guest);
  const path = `/internal/personal-data/booking/${guest.userId}`;
  expect((await world.call("GET", path, guest)).status).toBe(403);
  const asking = { userId: "svc:auth", roles: ["service"] } as unknown as Caller;
  const { body } = await world.call("GET", path, asking);
  expect(body).toMatchObject({
    bookingsToCome: 1,
    data: { bookings: [{ bookingId: stay.bookingId, status: "held" }], timeline: [{ what: "held" }] },
  });
});
