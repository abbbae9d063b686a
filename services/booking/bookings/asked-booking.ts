/** What somebody wants a price or a booking for, with every default filled in: one form for all who ask. */
import type { BookingRequest } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../calendar/opening-rules.ts";
import type { NonEmpty } from "./non-empty.ts";

/** So many units of one resource for one time, end exclusive. */
export interface AskedPart {
  readonly resourceId: Id<"res">;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly quantity: number;
}

/** A booking somebody asks for. The first part is the booking's own resource; extras and people are of that one. */
export interface AskedBooking {
  readonly parts: NonEmpty<AskedPart>;
  readonly people: number;
  /** Each code once. */
  readonly extras: readonly { readonly code: string; readonly quantity: number }[];
  readonly promotionCode?: string;
}

/** The members of a request that say what is asked for; the others say how. */
export type AskedBody = Pick<
  BookingRequest,
  "resourceId" | "startsAt" | "endsAt" | "quantity" | "people" | "also" | "extras" | "promotionCode"
>;

/** What a request's body asks for. A part that names no time of its own has the first one's. */
export function askedBooking(body: AskedBody): AskedBooking {
  const main: AskedPart = {
    resourceId: body.resourceId,
    startsAt: Date.parse(body.startsAt),
    endsAt: Date.parse(body.endsAt),
    quantity: body.quantity,
  };
  const also = body.also.map(({ resourceId, quantity, startsAt, endsAt }) => ({
    resourceId,
    startsAt: startsAt === undefined ? main.startsAt : Date.parse(startsAt),
    endsAt: endsAt === undefined ? main.endsAt : Date.parse(endsAt),
    quantity,
  }));
  return {
    parts: [main, ...also],
    people: body.people,
    extras: body.extras.length === 0 ? [] : sumsByCode(body.extras),
    ...(body.promotionCode === undefined ? undefined : { promotionCode: body.promotionCode }),
  };
}

/** An extra that is named twice is wanted as often as both say together. */
function sumsByCode(extras: AskedBody["extras"]): { code: string; quantity: number }[] {
  const sums = new Map<string, number>();
  for (const { code, quantity } of extras) sums.set(code, (sums.get(code) ?? 0) + quantity);
  return [...sums].map(([code, quantity]) => ({ code, quantity }));
}

/** Do both ask for exactly the same? */
export function isSameAsked(one: AskedBooking, other: AskedBooking): boolean {
  return isDeepStrictEqual(one, other);
}

/** Where in a request's body a member of that part is: `endsAt`, `also.0.endsAt`. */
export function fieldOf(partIndex: number, member: string): string {
  return partIndex === 0 ? member : `also.${partIndex - 1}.${member}`;
}
