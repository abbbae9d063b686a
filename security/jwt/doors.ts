/** Where a token is shown: at the gateway, and at every service's own port, to something that an administrator may do. */
import { randomUUID } from "node:crypto";
import { changeProfile } from "@holdfast/contracts/api/accounts";
import { createBooking } from "@holdfast/contracts/api/booking";
import { registerVendor } from "@holdfast/contracts/api/catalog";
import { listMessages } from "@holdfast/contracts/api/notification";
import type { Audited } from "../attack.ts";
import type { Place } from "../place.ts";
import { type Answered, type Asked, send } from "../requests.ts";
import { hoursAhead } from "../vendors.ts";

export interface Door {
  readonly service: string;
  /** The endpoint's name. */
  readonly action: string;
  readonly asked: () => Asked;
}

const json = { "content-type": "application/json" };

/** One door a process: what is sent changes something wherever there is something to change. */
export function doorsOf(place: Place, resourceId: string): readonly Door[] {
  const { gatewayUrl, serviceUrls } = place;
  const renamed = (service: string, url: string): Door => ({
    service,
    action: changeProfile.name,
    asked: () => ({ method: "patch", url: `${url}${changeProfile.path}`, body: { name: "Taken Over" } }),
  });
  return [
    renamed("gateway", gatewayUrl),
    renamed("auth", serviceUrls.auth),
    {
      service: "catalog",
      action: registerVendor.name,
      asked: () => ({
        method: "post",
        url: `${serviceUrls.catalog}${registerVendor.path}`,
        body: { name: "An attacker's house" },
      }),
    },
    {
      service: "booking",
      action: createBooking.name,
      asked: () => ({
        method: "post",
        url: `${serviceUrls.booking}${createBooking.path}`,
        headers: { "idempotency-key": randomUUID() },
        body: { resourceId, startsAt: hoursAhead(150), endsAt: hoursAhead(151) },
      }),
    },
    {
      service: "payment",
      action: "listPaymentDeadLetters",
      asked: () => ({ method: "get", url: `${serviceUrls.payment}/v1/operations/payment/dead-letters` }),
    },
    {
      service: "notification",
      action: listMessages.name,
      asked: () => ({ method: "get", url: `${serviceUrls.notification}${listMessages.path}` }),
    },
  ];
}

/** Knocks at all of them with that Authorization header. */
export function knock(doors: readonly Door[], authorization: string): Promise<Answered[]> {
  return Promise.all(
    doors.map(({ asked }) => {
      const { headers, ...rest } = asked();
      return send({ ...rest, headers: { ...json, ...headers, authorization } });
    }),
  );
}

/** Each of them tells of the stranger it turned away, once. */
export function toldBy(doors: readonly Door[]): Audited[] {
  return doors.map(({ service, action }) => ({ service, action, actor: null, times: 1 }));
}
