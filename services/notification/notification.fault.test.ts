/** What a mail server that goes away, a process that is killed and a curious reader of logs can do: nothing lasting. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { bookingCancelled, bookingConfirmed } from "@holdfast/contracts/events/booking";
import { startMailInbox } from "@holdfast/testkit/mail/mail-inbox";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mailboxOf, type NotificationWorld, startNotificationWorld } from "./notification-world.fixture.ts";

let world: NotificationWorld;

beforeAll(async () => {
  world = await startNotificationWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());
afterEach(async () => {
  world.auth.isDown = false;
  await world.inbox.turn({});
  await world.inbox.empty();
});

/** The service in a process of its own; disposing stops it in an orderly way, and `kill` does not. */
async function startProcess(changes: Record<string, string> = {}) {
  const child: ChildProcess = fork(new URL("./main.ts", import.meta.url), {
    env: { ...world.environment, ...changes },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = once(child, "exit") as Promise<[code: number | null]>;
  const ready = once(child, "message").then(() => true);
  const isReady = await Promise.race([ready, ended.then(() => false)]);
  if (!isReady) throw new Error(`the service did not start: ${output}`);
  return {
    output: () => output,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      child.kill("SIGTERM");
      return (await ended)[0];
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
    },
  };
}

test("mails wait for a mail server that is away, uncounted, and each is sent once when it is back", async () => {
  const away = await startMailInbox();
  await away[Symbol.asyncDispose]();
  await using process = await startProcess({ SMTP_URL: away.smtpUrl, LOG_LEVEL: "warn" });
  const bookings = Array.from({ length: 5 }, () => world.newBooking());
  for (const { booking } of bookings) await world.say(bookingConfirmed, booking, 2);
  await until("an attempt in vain", () => process.output().includes('"outcome":"unreachable"'));
  await until("messages to be given back", async () => {
    const all = await Promise.all(bookings.map(({ booking }) => world.messagesOf(booking.bookingId)));
    return all.every(([message]) => message?.status === "waiting" && message.attempts === 0);
  });

  await using back = await startMailInbox({ smtpPort: Number(new URL(away.smtpUrl).port) });
  for (const { booking } of bookings) {
    await until(
      "it to be sent",
      async () => (await world.messagesOf(booking.bookingId))[0]?.status === "sent",
      20_000,
    );
  }
  expect(await mailboxOf(back).count()).toEqual({ received: 5, distinct: 5 });
  expect(await process.stop()).toBe(0);
});

test("a mail whose acceptance never became known is sent again as the same message", async () => {
  await world.inbox.turn({ acceptThenDrop: 1 });
  await using process = await startProcess();
  const { booking, guest } = world.newBooking();
  await world.say(bookingConfirmed, booking, 2);
  await world.reaches(booking.bookingId, "sent");
  expect(await world.inbox.count()).toEqual({ received: 2, distinct: 1 });
  expect(await world.inbox.mailsTo(guest.email)).toHaveLength(1);
  expect(await process.stop()).toBe(0);
});

test("killed between acceptance and record, a successor sends the same message and the mailbox shows one", async () => {
  await world.inbox.turn({ delayMs: 30_000 });
  const killed = await startProcess();
  const { booking, guest } = world.newBooking();
  await world.say(bookingConfirmed, booking, 2);
  await until("the mail to be accepted", async () => (await world.inbox.count()).received === 1);
  expect(await world.messagesOf(booking.bookingId)).toMatchObject([{ status: "waiting", attempts: 1 }]);
  await killed.kill();

  await world.inbox.turn({});
  await using successor = await startProcess();
  await world.fallsDue(booking.bookingId);
  await world.reaches(booking.bookingId, "sent");
  expect(await world.inbox.count()).toEqual({ received: 2, distinct: 1 });
  expect(await world.inbox.mailsTo(guest.email)).toHaveLength(1);
  expect(await successor.stop()).toBe(0);
});

test("a stop gives back what had not begun, so that a successor need not wait for the claims to end", async () => {
  await world.inbox.turn({ delayMs: 1_000 });
  const stopped = await startProcess({ SMTP_CONNECTIONS: "1" });
  const bookings = Array.from({ length: 6 }, () => world.newBooking());
  for (const { booking } of bookings) await world.say(bookingConfirmed, booking, 2);
  await until("the first mail to be on its way", async () => (await world.inbox.count()).received >= 1);
  expect(await stopped.stop()).toBe(0);
  await world.inbox.turn({});
  await using successor = await startProcess();
  for (const { booking } of bookings) await world.reaches(booking.bookingId, "sent");
  expect(await world.inbox.count()).toEqual({ received: 6, distinct: 6 });
  expect(await successor.stop()).toBe(0);
});

test("no event and no log line, at any level and in any failure, names or addresses a person", async () => {
  await using process = await startProcess({ LOG_LEVEL: "trace" });
  const sent = world.newBooking();
  await world.say(bookingConfirmed, sent.booking, 2);
  await world.reaches(sent.booking.bookingId, "sent");
  await world.inbox.turn({ failNext: 1, code: 550 });
  const refused = world.newBooking();
  await world.say(bookingConfirmed, refused.booking, 2);
  await world.reaches(refused.booking.bookingId, "failed");
  await world.inbox.turn({ acceptThenDrop: 1 });
  const cancelled = { wasConfirmed: true, keepMinor: 0, refundMinor: 6000 };
  await world.say(bookingCancelled, { ...sent.booking, ...cancelled }, 3);
  await world.reaches(sent.booking.bookingId, "sent", "sent");
  const unusable = world.newBooking();
  world.auth.people.set(unusable.booking.customerId as `usr_${string}`, {
    email: "no one@@example.com",
    name: "Nobody",
  });
  await world.say(bookingConfirmed, unusable.booking, 2);
  await world.reaches(unusable.booking.bookingId, "failed");
  expect(await process.stop()).toBe(0);

  const { rows } = await world.sql.query<{ told: string }>(
    "select envelope::text as told from outbox union all select m::text from messages m",
  );
  const told = rows.map((row) => row.told).join("\n") + process.output();
  expect(process.output()).toContain("a mail was sent");
  expect(process.output()).toContain("smtp-550");
  expect(told).not.toMatch(/@example\.com|Guest Number|Nobody/);
});
