/** How amounts, times, rates and addresses are written on documents. */
import type { DocumentBooking, DocumentIssuer, DocumentLine } from "@holdfast/contracts/api/documents";

const locale = "en-GB";
const regions = new Intl.DisplayNames(locale, { type: "region" });
const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });

/** `1 December 2026` */
export function dateOf(instant: string, zone = "UTC"): string {
  const at = Temporal.Instant.from(instant).toZonedDateTimeISO(knownZone(zone));
  return at.toPlainDate().toLocaleString(locale, { day: "numeric", month: "long", year: "numeric" });
}

/** `1 December 2026, 15:00` */
function momentOf(instant: string, zone: string): string {
  const at = Temporal.Instant.from(instant).toZonedDateTimeISO(zone);
  return `${dateOf(instant, zone)}, ${at.toPlainTime().toString({ smallestUnit: "minute" })}`;
}

/** `1 December 2026, 15:00–16:00 (Europe/Lisbon)`: the wall clock where it is. */
export function spanOf({ startsAt, endsAt, zone: asked }: DocumentBooking): string {
  const zone = knownZone(asked);
  const [start, end] = [momentOf(startsAt, zone), momentOf(endsAt, zone)];
  const [day = ""] = start.split(", ");
  const time = end.startsWith(`${day}, `) ? `${start}–${end.slice(day.length + 2)}` : `${start} – ${end}`;
  return `${time} (${zone})`;
}

/** UTC where this machine does not know the zone. */
function knownZone(zone: string): string {
  try {
    return Temporal.Now.zonedDateTimeISO(zone).timeZoneId;
  } catch {
    return "UTC";
  }
}

/** ` (20 %)`, or nothing where the rate is not known. */
export function rateOf(basisPoints: number | null): string {
  return basisPoints === null ? "" : ` (${plain.format(basisPoints / 100)}\u00a0%)`;
}

const units = {
  hour: ["hour", "hours"],
  night: ["night", "nights"],
  booking: ["", ""],
} as const satisfies Record<NonNullable<DocumentLine["counted"]>["unit"], readonly [string, string]>;

/** `3 nights × 2` */
export function countOf({ count, unit, quantity }: NonNullable<DocumentLine["counted"]>): string {
  const [one, many] = units[unit];
  const counted = unit === "booking" ? [] : [`${plain.format(count)} ${count === 1 ? one : many}`];
  return [...counted, ...(quantity > 1 || counted.length === 0 ? [plain.format(quantity)] : [])].join(" × ");
}

/** Who issues it: the name, where they are, their number with the tax office. */
export function issuerLines({ name, legalName, taxId, address }: DocumentIssuer): string[] {
  const place = address === null ? [] : [`${address.postalCode} ${address.city}`.trim(), address.region];
  return [
    legalName ?? name,
    ...(legalName !== null && legalName !== name ? [name] : []),
    ...(address?.lines ?? []),
    ...place,
    ...(address === null ? [] : [regions.of(address.country) ?? address.country]),
    ...(taxId === null ? [] : [`Tax number ${taxId}`]),
  ].filter((line) => line !== "");
}
