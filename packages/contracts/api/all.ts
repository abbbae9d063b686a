/** Every endpoint there is: the gateway's routes, the OpenAPI document and the permission matrix are made from this. */
import { servers, type EndpointDefinition } from "../define-endpoint.ts";
import * as accounts from "./accounts.ts";
import * as apiKeys from "./api-keys.ts";
import * as audit from "./audit.ts";
import * as auth from "./auth.ts";
import * as blocks from "./blocks.ts";
import * as booking from "./booking.ts";
import * as bookingMoney from "./booking-money.ts";
import * as bookingLife from "./booking-life.ts";
import * as bookingSeries from "./booking-series.ts";
import * as catalog from "./catalog.ts";
import * as disputes from "./disputes.ts";
import * as earnings from "./earnings.ts";
import * as explain from "./explain.ts";
import * as documents from "./documents.ts";
import * as exported from "./exports.ts";
import * as feeds from "./feeds.ts";
import * as google from "./google.ts";
import * as invoiceFacts from "./invoice-facts.ts";
import * as issuers from "./issuers.ts";
import * as notification from "./notification.ts";
import * as ledger from "./ledger.ts";
import { operationsEndpoints } from "./operations.ts";
import * as payment from "./payment.ts";
import * as paymentMethods from "./payment-methods.ts";
import * as payouts from "./payouts.ts";
import { exportMyData, personalDataEndpoint } from "./personal-data.ts";
import * as promotions from "./promotions.ts";
import * as quotes from "./quotes.ts";
import * as refunds from "./refunds.ts";
import * as reconciliation from "./reconciliation.ts";
import * as search from "./search.ts";
import * as secondFactor from "./second-factor.ts";
import * as sessions from "./sessions.ts";
import * as signingKeys from "./signing-keys.ts";
import * as streams from "./streams.ts";
import * as users from "./users.ts";
import * as waitlist from "./waitlist.ts";
import * as vendors from "./vendors.ts";

const isEndpoint = (value: unknown): value is EndpointDefinition =>
  typeof value === "object" && value !== null && "service" in value && "method" in value && "path" in value;

/** All declared endpoints, service by service. */
export const allEndpoints: readonly EndpointDefinition[] = [
  ...[
    auth,
    accounts,
    sessions,
    secondFactor,
    google,
    apiKeys,
    users,
    signingKeys,
    audit,
    catalog,
    vendors,
    promotions,
    issuers,
    booking,
    bookingLife,
    bookingSeries,
    quotes,
    explain,
    search,
    blocks,
    feeds,
    exported,
    waitlist,
    streams,
    invoiceFacts,
    bookingMoney,
    payment,
    paymentMethods,
    payouts,
    ledger,
    documents,
    disputes,
    reconciliation,
    earnings,
    refunds,
    notification,
  ].flatMap((module) => Object.values(module) as unknown[]),
  exportMyData,
  ...servers.map(personalDataEndpoint),
  ...servers.flatMap((service) => Object.values(operationsEndpoints(service))),
].filter(isEndpoint);

/** Those a client may call: the gateway exposes these and nothing else. */
export const publicEndpoints: readonly EndpointDefinition[] = allEndpoints.filter(
  (e) => e.access !== "service",
);
