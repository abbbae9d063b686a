/** A deposit and its balance through the whole platform: weeks pass by the test clock, cards work or do not. */
import { getTimeline } from "@holdfast/contracts/api/booking-life";
import { type BookingView, listSlots } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { expect, test } from "vitest";
import { expectAllInOrder, expectMoneyAddsUp, settled } from "./audit.ts";
import type { World } from "./world.ts";

/** An hour costs 12.00: 3.60 at once, 8.40 two weeks before; of what is called off a quarter is kept. */
const rules = {
  depositPercent: 30,
  balance: { dueHoursBefore: 336, graceHours: 72 },
  cancellation: { fullRefundUntilHours: 8784, tiers: [], refundPercentAfter: 75 },
};
const daysAhead = 60;

interface Guest {
  readonly client: ApiClient;
  readonly booking: BookingView;
}

/** Books that slot, by a card that asks for 3-D Secure each time: its holder is there for the deposit, and not for the balance. */
async function bookWithoutHolder(world: World, resourceId: Id<"res">, slot: Slot): Promise<Guest> {
  const client = await world.admin.register("customer");
  const { bookingId } = await client.book({
    resourceId,
    ...slot,
    paymentMethod: "pm_card_authenticationRequired",
  });
  const { clientSecret } = await world.payment(
    client,
    bookingId,
    ({ status }) => status === "action-required",
  );
  const intentId = clientSecret!.split("_secret")[0]!;
  const url = `${world.platform.urlOf("stripe")}/_stand-in/payment_intents/${intentId}/authenticate`;
  const headers = { "content-type": "application/json" };
  await fetch(url, { method: "POST", headers, body: JSON.stringify({ outcome: "succeed" }) });
  const booking = await world.booking(client, bookingId, ({ status }) => status === "confirmed");
  return { client, booking };
}

async function bookPaying(world: World, resourceId: Id<"res">, slot: Slot): Promise<Guest> {
  const client = await world.admin.register("customer");
  const asked = { resourceId, ...slot, paymentMethod: "pm_card_visa" };
  return { client, booking: await client.book(asked, { waitSeconds: 10 }) };
}

interface Slot {
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What the timeline tells of the attempt, once it has failed. */
function failedAttempt({ client, booking }: Guest, attempt: number) {
  return until(`attempt ${attempt} to fail`, async () => {
    const { entries } = await client.call(getTimeline, { params: { bookingId: booking.bookingId } });
    const found = entries.find(
      ({ what, detail }) => what === "balance-failed" && detail["attempt"] === attempt,
    );
    return found?.detail as { readonly nextAttemptAt?: string; readonly givesUpAt: string } | undefined;
  });
}

/** Mails with such a subject that the guest has, once there are so many. */
function mailsTo(world: World, { client }: Guest, subject: string, count: number) {
  return until(`${count} mails: ${subject}`, async () => {
    const mails = await world.mails({ to: client.user.email });
    const about = mails.filter((mail) => mail.subject.startsWith(subject));
    return about.length >= count && about;
  });
}

export function describeDeposits(worldOf: () => World): void {
  test("the balance is taken when it falls due; where the card is refused, the guest is told, and in the end the booking goes by its terms", async () => {
    const world = worldOf();
    const resourceId = await world.publish(rules);
    const slots = await world.slots(resourceId, daysAhead);
    const slotOf = (index: number) => ({ startsAt: slots[index]!.startsAt, endsAt: slots[index]!.endsAt });
    const paying = await bookPaying(world, resourceId, slotOf(8));
    const refused = await bookWithoutHolder(world, resourceId, slotOf(9));
    expect(paying.booking).toMatchObject({
      status: "confirmed",
      due: { amountMinor: 360 },
      balance: { amount: { amountMinor: 840 } },
    });
    await settled(world);
    await expectAllInOrder(world);

    const dueAt = Temporal.Instant.from(refused.booking.balance!.dueAt);
    await world.moveClock(dueAt.subtract({ hours: 70 }));
    await mailsTo(world, paying, "The balance will soon be due", 1);
    await world.moveClock(dueAt);
    await world.booking(paying.client, paying.booking.bookingId, ({ balance }) => balance === null);
    const [receipt] = await mailsTo(world, paying, "Paid in full", 1);
    expect(receipt?.text).toContain("8.40");
    const { charges } = await world.payment(paying.client, paying.booking.bookingId, () => true);
    expect(charges).toMatchObject([{ capturedMinor: 360 }, { kind: "balance", capturedMinor: 840 }]);

    for (const attempt of [1, 2, 3]) {
      const { nextAttemptAt } = await failedAttempt(refused, attempt);
      await world.moveClock(Temporal.Instant.from(nextAttemptAt!));
    }
    const { givesUpAt } = await failedAttempt(refused, 4);
    await mailsTo(world, refused, "Please pay the balance", 4);
    await world.moveClock(Temporal.Instant.from(givesUpAt));
    const { bookingId } = refused.booking;
    const ended = await world.booking(refused.client, bookingId, ({ status }) => status === "cancelled");
    // A quarter of 12.00 is kept, of the 3.60 that were paid.
    expect(ended).toMatchObject({ reason: "booking/balance-unpaid", refund: { amountMinor: 60 } });
    const [mail] = await mailsTo(world, refused, "Cancelled", 1);
    expect(mail?.text).toContain("Its balance was not paid in time.");
    // By its own date: the days ahead are others, now that time has passed.
    const { date } = slots[9]!;
    const { slots: free } = await world.anyone.call(listSlots, {
      params: { resourceId },
      query: { from: date, to: date },
    });
    expect(free.map(({ startsAt }) => startsAt)).toContain(slotOf(9).startsAt);
    expect(free.map(({ startsAt }) => startsAt)).not.toContain(slotOf(8).startsAt);
    await settled(world);
    await expectAllInOrder(world);
    await expectMoneyAddsUp(world);
  });
}
