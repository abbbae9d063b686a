import { execFile } from "node:child_process";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BookingView, bookingView } from "@holdfast/contracts/api/booking";
import { getPayment } from "@holdfast/contracts/api/payment";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelLine, curlLines, firstStepsText } from "./first-steps.ts";
import { loadWorld } from "./load-world.ts";
import { startDemo } from "./start-demo.ts";
import { demoAccounts } from "./world.ts";

const run = promisify(execFile);
const pasteMs = 30_000;

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
/** Taken in the first start, and left for the next. */
let left: BookingView["bookingId"];
beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "holdfast-demo-"));
});
afterAll(() => folder.remove());

const start = () => startDemo({ ports: "free", logLevel: "warn", dataDir: join(folder.path, "data") });

async function paste(lines: readonly (string | undefined)[]): Promise<string[]> {
  const { stdout } = await run("sh", ["-c", lines.join("\n")], { timeout: pasteMs });
  return stdout.trim().split("\n");
}

test("the lines that are printed take a booking to confirmed and cancel it as they stand, and a second load adds nothing", async () => {
  await using demo = await start();
  const lines = [...curlLines(demo.firstSteps), cancelLine(demo.firstSteps)];
  for (const line of lines) expect(firstStepsText(demo.firstSteps).split("\n")).toContain(line);

  const [slot, answer = "", end = ""] = await paste(lines);
  const booking = bookingView.parse(JSON.parse(answer));
  expect(booking.status).toBe("confirmed");
  expect(booking.resourceId).toBe(demo.firstSteps.resource.resourceId);
  expect(bookingView.parse(JSON.parse(end))).toMatchObject({
    bookingId: booking.bookingId,
    status: "cancelled",
  });
  expect(slot).toBe(`"startsAt":"${booking.startsAt}","endsAt":"${booking.endsAt}"`);

  expect(demo.added).toBeGreaterThan(0);
  const again = await loadWorld(demo.platform.gatewayUrl);
  expect(again.added).toBe(0);
  expect(again.resources).toHaveLength(demo.added);

  const [, second = ""] = await paste(curlLines(demo.firstSteps));
  left = bookingView.parse(JSON.parse(second)).bookingId;
});

test("a booking of one start is cancelled and refunded in the next", async () => {
  await using demo = await start();
  expect(demo.added).toBe(0);
  const answer = (await paste([curlLines(demo.firstSteps)[0], cancelLine(demo.firstSteps)])).at(-1) ?? "";
  expect(bookingView.parse(JSON.parse(answer))).toMatchObject({ bookingId: left, status: "cancelled" });
  const { email, password } = demoAccounts.guest;
  const guest = await new ApiClient(demo.platform.gatewayUrl).logIn({ email, password });
  const isRefunded = async () =>
    (await guest.call(getPayment, { params: { bookingId: left } })).status === "refunded";
  await until("the payment to be refunded", isRefunded, pasteMs);
});
