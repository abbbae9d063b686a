import type { ResourceView } from "@holdfast/contracts/api/catalog";
import { demoAccounts } from "./world.ts";

/** What a person needs to know to take the first booking. */
export type FirstSteps = {
  readonly gatewayUrl: string;
  readonly mailUrl: string;
  readonly logsDir: string;
  /** The one booked in the lines. */
  readonly resource: ResourceView;
};

const daysAhead = 30;

/**
 * Three lines for a POSIX shell that take a booking to confirmed: log in, find a slot, book it. They need curl, sed and
 * grep alone.
 */
export function curlLines({ gatewayUrl, resource }: Pick<FirstSteps, "gatewayUrl" | "resource">): string[] {
  const { email, password } = demoAccounts.guest;
  const from = Temporal.Now.plainDateISO(resource.rules.zone).add({ days: 1 });
  const slots = `${gatewayUrl}/v1/resources/${resource.resourceId}/slots?from=${from.toString()}&to=${from.add({ days: daysAhead }).toString()}`;
  return [
    `TOKEN=$(curl -s ${gatewayUrl}/v1/sessions -H 'Content-Type: application/json' -d '{"email":"${email}","password":"${password}"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `SLOT=$(curl -s '${slots}' | grep -o '"startsAt":"[^"]*","endsAt":"[^"]*"' | sed -n 1p); echo "$SLOT"`,
    `curl -s ${gatewayUrl}/v1/bookings -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: demo-$(date +%s)-$$" -H 'Prefer: wait=10' -d "{\\"resourceId\\":\\"${resource.resourceId}\\",$SLOT,\\"paymentMethod\\":\\"pm_card_visa\\"}"; echo`,
  ];
}

/** One more line, after those: it cancels the guest's newest confirmed booking. */
export function cancelLine({ gatewayUrl }: Pick<FirstSteps, "gatewayUrl">): string {
  const asGuest = `-H "Authorization: Bearer $TOKEN"`;
  const newest = `$(curl -s '${gatewayUrl}/v1/bookings?status=confirmed&limit=1' ${asGuest} | grep -o 'bkg_[0-9a-z]*' | sed -n 1p)`;
  return `curl -s -X POST ${gatewayUrl}/v1/bookings/${newest}/cancel ${asGuest} -H "Idempotency-Key: demo-cancel-$(date +%s)-$$"; echo`;
}

/** The block that is printed once everything runs. */
export function firstStepsText(steps: FirstSteps): string {
  const { gatewayUrl, mailUrl, logsDir, resource } = steps;
  const logins = Object.entries(demoAccounts).map(
    ([who, { email, password }]) => `  ${who.padEnd(7)} ${email.padEnd(20)} ${password}`,
  );
  return [
    "",
    `Holdfast runs:  ${gatewayUrl}   its API, to read and to try: ${gatewayUrl}/docs`,
    `Mail it sends:  ${mailUrl}`,
    `Logs:           ${logsDir}`,
    "Logins (this machine's demo alone):",
    ...logins,
    "",
    `Book a night in the "${resource.rules.title}" of ${resource.vendorName} (with pm_card_chargeDeclined the card is declined):`,
    "",
    ...curlLines(steps).flatMap((line) => [line, ""]),
    "Cancel it, and get back what its terms say:",
    "",
    cancelLine(steps),
    "",
    "Ctrl-C stops everything; the data stay for the next start.",
    "",
  ].join("\n");
}
