/**
 * Values that every event and API body is made of: money, instants, dates, zones, currencies.
 * On the wire all of them are JSON-safe: strings and integers, never a float and never a Date.
 */
import { z } from "zod";
import { currencyExponent, isCurrency } from "./currencies.ts";

/** A three-letter ISO 4217 code, upper case. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, "must be three capital letters")
  .refine(isCurrency, "is not an ISO 4217 currency")
  .meta({ id: "Currency", description: "ISO 4217 code", examples: ["EUR"] });

/** An amount with as many decimals as its currency has: 1250 is 12.50 in EUR, 1250 in JPY, 1.250 in KWD. */
export function decimalOf(minor: number, code: string): string {
  const exponent = currencyExponent(code);
  const digits = `${Math.abs(minor)}`.padStart(exponent + 1, "0");
  const amount = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0 ? `-${amount}` : amount;
}

/** An integer amount in the currency's minor unit (cents for EUR, yen for JPY); zero or more, below 2^53. */
export const amountMinor = z
  .int()
  .min(0)
  .meta({ description: "Integer amount in minor units", examples: [12500] });

/** An amount with its currency. */
export const money = z
  .object({ amountMinor, currency })
  .meta({ id: "Money", description: "An amount in minor units with its currency" });
export type Money = z.infer<typeof money>;

/**
 * An RFC 3339 instant, in UTC and to the millisecond, years 2000 to 2199: `2026-12-01T15:00:00Z`. What is wrong with it
 * ends the check: what compares instants is not asked about a text that is none.
 */
export const instant = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => /^2[01]\d\d-/.test(text), {
    message: "must lie between the years 2000 and 2199",
    abort: true,
  })
  .transform((text) =>
    Temporal.Instant.fromEpochMilliseconds(Temporal.Instant.from(text).epochMilliseconds).toString(),
  )
  .meta({
    id: "Instant",
    description: "RFC 3339 instant; answers are in UTC",
    examples: ["2026-12-01T15:00:00Z"],
  });

/** Is the one instant earlier than the other? Their texts cannot be compared: fractions of a second are of any length. */
export function isBefore(one: string, other: string): boolean {
  return Temporal.Instant.compare(one, other) < 0;
}

/** For `refine`: a stretch of time must end after it starts. */
export const endsAfterStart: [
  (asked: { readonly startsAt: string; readonly endsAt: string }) => boolean,
  { message: string; path: string[] },
] = [
  (asked) => isBefore(asked.startsAt, asked.endsAt),
  { message: "must be after startsAt", path: ["endsAt"] },
];

/** An instant as events carry it: already normalised, not parsed again. */
export const utcInstant = z.iso.datetime().meta({ id: "UtcInstant", description: "RFC 3339 instant in UTC" });

/** A calendar date in the resource's own zone: `2026-12-01`. */
export const localDate = z.iso
  .date()
  .refine((text) => /^2[01]\d\d-/.test(text), "must lie between the years 2000 and 2199")
  .meta({ id: "LocalDate", description: "Calendar date in the resource's zone", examples: ["2026-12-01"] });

/** A wall-clock time in the resource's own zone, `24:00` allowed as the end of a day. */
export const wallTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be a time between 00:00 and 24:00")
  .meta({ id: "WallTime", description: "Wall-clock time in the resource's zone", examples: ["09:00"] });

/** Is this an IANA time zone this machine knows? */
function isZone(name: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId.length > 0;
  } catch {
    return false;
  }
}

/** An IANA time zone such as `Europe/Lisbon`. */
export const zone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]/, "must be an IANA time zone, not an offset")
  .refine(isZone, "is not a known IANA time zone")
  .meta({ id: "Zone", description: "IANA time zone", examples: ["Europe/Lisbon"] });
