/** Payment's endpoints. */
import { answer, callerOf, handle, type Route } from "@holdfast/chassis/endpoint";
import { idempotent, type RepetitionDeps } from "@holdfast/chassis/idempotency";
import * as documents from "@holdfast/contracts/api/documents";
import * as disputes from "@holdfast/contracts/api/disputes";
import { getPayment, receiveStripeEvent } from "@holdfast/contracts/api/payment";
import * as payouts from "@holdfast/contracts/api/payouts";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import type { Kysely } from "kysely";
import type { PaymentTables } from "./database.ts";
import { type LedgerDeps, ledgerRoutes } from "./ledger/ledger-routes.ts";
import { getDocument } from "./documents/get-document.ts";
import { getReceipt, type ReceiptDeps } from "./documents/get-receipt.ts";
import { listBookingDocuments, listVendorDocuments } from "./documents/list-documents.ts";
import { listDisputes } from "./disputes/list-disputes.ts";
import { showPayment } from "./payments/show-payment.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";
import { receiveEvent, type ReceiveDeps } from "./stripe/receive-event.ts";
import type { AccountCallDeps } from "./payouts/account-calls.ts";
import { createOnboardingLink } from "./payouts/create-onboarding-link.ts";
import { createPayoutAccount } from "./payouts/create-payout-account.ts";
import { payoutAccountView } from "./payouts/payout-account-view.ts";
import { showPayoutAccount } from "./payouts/show-payout-account.ts";
import { requireActor } from "./vendors/may-act-for.ts";

export type EndpointDeps = ReceiveDeps &
  ReceiptDeps &
  AccountCallDeps &
  LedgerDeps &
  RepetitionDeps<PaymentTables> & { readonly db: Kysely<PaymentTables> };

export function endpoints(deps: EndpointDeps): Route[] {
  return [
    ...ledgerRoutes(deps),
    ...documentEndpoints(deps),
    handle(getPayment, (call) => showPayment(deps, call)),
    handle(receiveStripeEvent, (call) => receiveEvent(deps, call)),
    ...payoutEndpoints(deps),
    handle(disputes.listDisputes, async ({ query }) => answer(await listDisputes(deps, query))),
    handle(disputes.listVendorDisputes, async (call) => {
      await requireActor(deps.db, call);
      return answer(await listDisputes(deps, { ...call.query, ...call.params }));
    }),
    handle(personalDataEndpoint("payment"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
  ];
}

/** How a vendor is paid out. */
function payoutEndpoints(deps: EndpointDeps): Route[] {
  const { db } = deps;
  return [
    handle(payouts.getPayoutAccount, async (call) => {
      await requireActor(db, call);
      return answer(await showPayoutAccount(db, call.params.vendorId));
    }),
    handle(payouts.createPayoutAccount, (call) =>
      idempotent(deps, call, async (unit) => {
        await requireActor(unit.tx, call);
        const asked = { ...call.params, ...call.body };
        return answer(payoutAccountView(await createPayoutAccount(deps, unit, asked)));
      }),
    ),
    handle(payouts.createOnboardingLink, async (call) => {
      await requireActor(db, call);
      const { returnUrl, refreshUrl = returnUrl } = call.body;
      const link = await createOnboardingLink(deps, call.params.vendorId, { returnUrl, refreshUrl });
      return answer(link, { headers: { "cache-control": "no-store" } });
    }),
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
