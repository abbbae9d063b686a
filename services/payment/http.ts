/** Payment's endpoints. */
import { answer, handle, type Route } from "@holdfast/chassis/endpoint";
import { getPayment, receiveStripeEvent } from "@holdfast/contracts/api/payment";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import type { Kysely } from "kysely";
import type { PaymentTables } from "./database.ts";
import { showPayment } from "./payments/show-payment.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";
import { receiveEvent, type ReceiveDeps } from "./stripe/receive-event.ts";

export function endpoints(deps: ReceiveDeps & { readonly db: Kysely<PaymentTables> }): Route[] {
  return [
    handle(getPayment, (call) => showPayment(deps, call)),
    handle(receiveStripeEvent, (call) => receiveEvent(deps, call)),
    handle(personalDataEndpoint("payment"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
  ];
}
