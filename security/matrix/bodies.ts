/** The least each endpoint takes in its body and query, by the endpoint's name. */
import { randomUUID } from "node:crypto";
import { newId } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { hoursAhead } from "../vendors.ts";
import type { Attempt } from "./attempts.ts";

type Fill<T> = (attempt: Attempt) => T;

const password = "velvet-orbit-42-canyon";
const token = () => ({ token: "nonsense" });
const logIn: Fill<object> = () => ({ email: `${randomUUID()}@example.com`, password });
const secondStep = () => ({ challenge: "nonsense", code: "000000" });
const code = () => ({ code: "000000" });
const reason = () => ({ reason: "So." });
const promotion = { label: "Summer", discount: { basisPoints: 500 } };
const asked: Fill<{ resourceId: string; startsAt: string; endsAt: string }> = ({ at: { vendor } }) => ({
  resourceId: vendor.resourceId,
  startsAt: hoursAhead(200),
  endsAt: hoursAhead(201),
});

export const bodies: Readonly<Record<string, Fill<unknown>>> = {
  registerUser: () => ({ email: `${randomUUID()}@example.com`, password, name: "Ana" }),
  verifyEmail: token,
  changeProfile: () => ({ name: "Ana" }),
  // Too easy to guess: whoever may call is told so, and keeps theirs.
  changePassword: () => ({ newPassword: "password1234" }),
  requestPasswordReset: () => ({ email: `${randomUUID()}@example.com` }),
  resetPassword: () => ({ token: "nonsense", newPassword: password }),
  requestEmailChange: () => ({ newEmail: `${randomUUID()}@example.com` }),
  confirmEmailChange: token,
  getContacts: ({ target }) => ({ userIds: [target.userId] }),
  openMailTickets: () => ({ ticketIds: [newId("tkt")] }),
  logIn,
  logInBrowser: logIn,
  passSecondFactor: secondStep,
  passSecondFactorBrowser: secondStep,
  refreshSession: () => ({ refreshToken: "nonsense" }),
  stepUp: ({ caller }) => ({ password: caller.account?.password ?? password }),
  confirmSecondFactor: code,
  createApiKey: () => ({ name: "A key", scopes: ["booking:read:own"] }),
  rotateApiKey: () => ({}),
  exchangeApiKey: () => ({ key: "hfk_nonsense" }),
  createUser: () => ({ email: `${randomUUID()}@example.com`, password, name: "Ana", roles: ["customer"] }),
  setUserRoles: () => ({ roles: ["customer"] }),
  setUserStatus: () => ({ status: "active", ...reason() }),
  closeAccount: () => ({ confirm: "erase my data" }),
  rotateSigningKey: () => ({ reason: "routine" }),
  reportAudit: () => ({
    entries: [
      {
        entryId: newId("aud"),
        at: Temporal.Now.instant().round("millisecond").toString(),
        kind: "refusal",
        service: "notification",
        action: "listMessages",
        outcome: "auth/forbidden",
        actor: null,
        sessionId: null,
        keyId: null,
        targets: [],
        network: null,
        requestId: null,
        times: 1,
      },
    ],
  }),
  registerVendor: () => ({ name: "Another house" }),
  submitVendor: () => ({ documents: [{ kind: "identity", reference: "https://documents.example/1" }] }),
  rejectVendor: () => ({ reasons: ["No."] }),
  suspendVendor: reason,
  changeVendor: () => ({ description: "Quiet." }),
  addVendorMember: () => ({ userId: newId("usr"), role: "staff" }),
  getIssuers: ({ at: { vendor } }) => ({ vendorIds: [vendor.vendorId] }),
  getInvoiceFacts: ({ at: { bookingId } }) => ({ bookingIds: [bookingId] }),
  getBookingMoney: ({ at: { bookingId } }) => ({ bookingIds: [bookingId] }),
  startReconciliation: () => ({ days: 1 }),
  setCommission: () => ({ basisPoints: null }),
  createPromotion: () => ({ code: randomUUID().toUpperCase(), ...promotion }),
  replacePromotion: () => ({ code: "AUTUMN", ...promotion }),
  createResource: ({ at: { vendor } }) => ({ vendorId: vendor.vendorId, rules: deskRules }),
  replaceResource: () => ({ rules: { ...deskRules, capacity: 50 } }),
  createQuote: asked,
  createBooking: asked,
  createBookingSeries: (attempt) => ({ ...asked(attempt), rrule: "FREQ=DAILY;COUNT=2" }),
  joinWaitlist: asked,
  rescheduleBooking: (attempt) => {
    const { startsAt, endsAt } = asked(attempt);
    return { startsAt, endsAt };
  },
  declineBooking: reason,
  callOffBooking: reason,
  createBlock: (attempt) => {
    const { startsAt, endsAt } = asked(attempt);
    return { startsAt, endsAt, quantity: 1, ...reason() };
  },
  orderRefund: () => ({ amountMinor: 1, currency: "EUR", ...reason() }),
  createPayoutAccount: () => ({ country: "PT" }),
  createOnboardingLink: () => ({ returnUrl: "https://house.example/back" }),
  setPayoutSchedule: () => ({ interval: "daily", holdDays: 3 }),
  createFeed: () => ({ url: "https://calendars.example/new.ics" }),
  changeFeed: () => ({ whenStale: "keep" }),
};

/** What is sent as it is. */
export const rawBodies: Readonly<
  Record<string, { readonly body: string; readonly headers: Readonly<Record<string, string>> }>
> = {
  issueServiceToken: {
    body: "grant_type=client_credentials&client_id=nobody&client_secret=nonsense",
    headers: { "content-type": "application/x-www-form-urlencoded" },
  },
  receiveStripeEvent: { body: "{}", headers: { "content-type": "application/json" } },
};

const tomorrow = () => hoursAhead(24).slice(0, 10);

const may = () => ({ from: "2026-05-01", to: "2026-05-31" });

export const queries: Readonly<Record<string, Fill<Readonly<Record<string, string>>>>> = {
  getVendorStatement: may,
  exportVendorStatement: may,
  // The caller's others end; the one the matrix goes on with stays.
  endAllSessions: () => ({ except: "current" }),
  listSlots: () => ({ from: tomorrow(), to: tomorrow() }),
  explainTime: () => ({ startsAt: hoursAhead(24), endsAt: hoursAhead(25) }),
};
