/** Promises one to three while each service in turn loses its process without a word. */
import { platformServices } from "@holdfast/testkit/platform/platform-ports";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAllInOrder, expectMoneyAddsUp, settled } from "./audit.ts";
import { expectKept, Traffic } from "./booking-traffic.ts";
import { expectMailOnce, mailed } from "./mail-audit.ts";
import { World } from "./world.ts";

const bookings = 300;
/** Answers given when the process is killed: the traffic is in full swing, most of it still to come. */
const answersBefore = 100;
const restDeadlineMs = 10_000;
/** Mails on their way to the mail server at once: notification's SMTP_CONNECTIONS. */
const mailsInFlight = 4;

let world: World;
beforeAll(async () => {
  world = await World.enterToBreak();
  // A payment provider and a mail server as far away as real ones, so that a killed process has calls in hand.
  await world.stripe({ latencyMs: 20 });
  await world.mailServer({ delayMs: 10 });
});
afterAll(async () => {
  await world?.stripe({ latencyMs: 0 });
  await world?.mailServer({});
  await world?.[Symbol.asyncDispose]();
});

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

test.each(platformServices)(
  "kill -9 of %s in the middle of 300 bookings loses and doubles nothing",
  async (name) => {
    const process = world.platform.service(name);
    const { restarts } = process;
    await world.forgetMails();
    const traffic = await Traffic.start(world, { bookings, newcomers: 4, resources: 4 });
    await traffic.answered(answersBefore);
    // Mails go out in moments without bookings, so it is mails that notification is to have in hand, and not requests.
    if (name === "notification") await world.mailsDelivered(20);
    const killedAt = performance.now();
    await process.kill9();
    const inHand = name === "notification" ? await world.mailsWaiting() : traffic.waiting;
    expect(inHand, "the kill came too late to hit anything").toBeGreaterThan(0);
    await process.ready();
    const readyAt = performance.now();
    await traffic.finish();
    const answeredAt = performance.now();
    await settled(world, restDeadlineMs);
    const settledAt = performance.now();
    await mailed(world, restDeadlineMs);
    const restMs = performance.now() - readyAt;

    await expectKept(world, traffic);
    await expectAllInOrder(world);
    await expectMoneyAddsUp(world);
    const repeated = await expectMailOnce(world, traffic.guests);
    console.log(
      `${name}: ready after ${seconds(readyAt - killedAt)}, then all answered after ${seconds(answeredAt - readyAt)}, ` +
        `all sagas done after ${seconds(settledAt - readyAt)}, all mails sent after ${seconds(restMs)}; ` +
        `${repeated} mails repeated; clients met ${JSON.stringify(Object.fromEntries(traffic.troubles))}`,
    );
    expect(repeated).toBeLessThanOrEqual(name === "notification" ? mailsInFlight : 0);
    expect(restMs).toBeLessThan(restDeadlineMs);
    expect(process.restarts).toBe(restarts + 1);
    expect([...traffic.troubles.keys()].filter((trouble) => trouble.startsWith("500"))).toEqual([]);
  },
);
