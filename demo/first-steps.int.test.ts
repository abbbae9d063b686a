import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { bookingView } from "@holdfast/contracts/api/booking";
import { expect, test } from "vitest";
import { cancelLine, curlLines, firstStepsText } from "./first-steps.ts";
import { loadWorld } from "./load-world.ts";
import { startDemo } from "./start-demo.ts";

const run = promisify(execFile);
const pasteMs = 30_000;

test("the lines that are printed take a booking to confirmed and cancel it as they stand, and a second load adds nothing", async () => {
  await using demo = await startDemo({ ports: "free", logLevel: "warn" });
  const lines = [...curlLines(demo.firstSteps), cancelLine(demo.firstSteps)];
  for (const line of lines) expect(firstStepsText(demo.firstSteps).split("\n")).toContain(line);

  const { stdout } = await run("sh", ["-c", lines.join("\n")], { timeout: pasteMs });
  const [slot, answer = "", end = ""] = stdout.trim().split("\n");
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
});
