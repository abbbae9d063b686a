/** Payment's endpoints. */
import { answer, callerOf, handle, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as documents from "@holdfast/contracts/api/documents";
import * as disputes from "@holdfast/contracts/api/disputes";
import { getPayment, receiveStripeEvent } from "@holdfast/contracts/api/payment";
import { listPaymentMethods, removePaymentMethod } from "@holdfast/contracts/api/payment-methods";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import { orderRefund as orderRefundEndpoint } from "@holdfast/contracts/api/refunds";
import type { Id } from "@holdfast/contracts/ids";
import { type LedgerDeps, ledgerRoutes } from "./ledger/ledger-routes.ts";
import { getDocument } from "./documents/get-document.ts";
import { getReceipt, type ReceiptDeps } from "./documents/get-receipt.ts";
import { listBookingDocuments, listVendorDocuments } from "./documents/list-documents.ts";
import { listDisputes } from "./disputes/list-disputes.ts";
import { showPayment } from "./payments/show-payment.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";
import { payoutRoutes, type PayoutRoutesDeps } from "./payouts/payout-routes.ts";
import { orderRefund } from "./refunds/order-refund.ts";
import { type ReconciliationDeps, reconciliationRoutes } from "./reconciliation/reconciliation-routes.ts";
import { listMethods, type ListMethodsDeps } from "./saved-methods/list-methods.ts";
import { removeMethod, type RemoveMethodDeps } from "./saved-methods/remove-method.ts";
import { requireActor } from "./vendors/may-act-for.ts";
import { receiveEvent, type ReceiveDeps } from "./stripe/receive-event.ts";

const uncached = { "cache-control": "no-store" } as const;

export type EndpointDeps = ReceiveDeps &
  ReceiptDeps &
  LedgerDeps &
  PayoutRoutesDeps &
  ReconciliationDeps & { readonly savedMethods: ListMethodsDeps & RemoveMethodDeps };

export function endpoints(deps: EndpointDeps): Route[] {
  return [
    ...ledgerRoutes(deps),
    ...documentEndpoints(deps),
    handle(getPayment, (call) => showPayment(deps, call)),
    handle(receiveStripeEvent, (call) => receiveEvent(deps, call)),
    handle(orderRefundEndpoint, (call) =>
      idempotent(deps, call, async (unit) => answer(await orderRefund(deps, unit, call))),
    ),
    ...payoutRoutes(deps),
    ...methodEndpoints(deps),
    ...reconciliationRoutes(deps),
    handle(disputes.listDisputes, async ({ query }) => answer(await listDisputes(deps, query))),
    handle(disputes.listVendorDisputes, async (call) => {
      await requireActor(deps.db, call);
      return answer(await listDisputes(deps, { ...call.query, ...call.params }));
    }),
    handle(personalDataEndpoint("payment"), async ({ params }) =>
      answer(await getPersonalData(deps.savedMethods, params.userId)),
    ),
  ];
}

function methodEndpoints({ savedMethods: deps }: EndpointDeps): Route[] {
  return [
    handle(listPaymentMethods, async (call) => {
      const userId = callerOf(call).userId as Id<"usr">;
      return answer(await listMethods(deps, { userId, ...call.query }), { headers: uncached });
    }),
    handle(removePaymentMethod, (call) => removeMethod(deps, call)),
  ];
}

function documentEndpoints(deps: ReceiptDeps): Route[] {
  return [
    handle(documents.listBookingDocuments, async (call) =>
      answer(await listBookingDocuments(deps, call.params.bookingId, callerOf(call))),
    ),
    handle(documents.listVendorDocuments, async (call) => {
      await requireActor(deps.db, call);
      return answer(await listVendorDocuments(deps.db, { ...call.params, ...call.query }));
    }),
    handle(documents.getDocument, (call) => getDocument(deps, call)),
    handle(documents.getReceipt, (call) => getReceipt(deps, call)),
  ];
}
