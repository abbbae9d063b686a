/** Payment's side of a life in this process: its real decisions, postings, settlement and documents, over a Stripe of a few lines. */
import assert from "node:assert";
import { type Id, newId } from "@holdfast/contracts/ids";
import { invoiceFactsOf } from "../../services/booking/bookings/get-invoice-facts.ts";
import { askings } from "../../services/payment/consumers.ts";
import { decideDispute } from "../../services/payment/disputes/decide-dispute.ts";
import {
  type Dispute,
  type DisputeFacts,
  type DisputeMovement,
  lookedSoon,
  newDispute,
} from "../../services/payment/disputes/dispute.ts";
import type { ClaimedCause } from "../../services/payment/documents/claim-causes.ts";
import { composeInvoice } from "../../services/payment/documents/compose-invoice.ts";
import { issuer } from "../../services/payment/documents/composed.fixture.ts";
import { decideCreditNotes } from "../../services/payment/documents/decide-documents.ts";
import { unbalanced } from "../../services/payment/ledger/books.fixture.ts";
import { owedBy } from "../../services/payment/ledger/post.ts";
import { whyNotGiven } from "../../services/payment/payments/give-back.ts";
import type { Payment } from "../../services/payment/payments/payment.ts";
import { PaymentWorld } from "../../services/payment/payments/payment-world.fixture.ts";
import { newsOf } from "../../services/payment/payments/take-booking-events.ts";
import type { BookingSide, News, Told } from "./booking-side.ts";
import type { Terms } from "./life.ts";
import { ledgerOf, type Observed, type PaymentSide } from "./payment-side.ts";

const hourMs = 3_600_000;
const disputeFeeMinor = 15;
const newDocumentId = () => newId("doc");

/** A dispute as the bank has it, and as we do. */
interface Disputed {
  readonly charge: number;
  readonly amountMinor: number;
  readonly movements: DisputeMovement[];
  dispute: Dispute;
}

const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

export class InMemory implements PaymentSide {
  readonly world: PaymentWorld;
  readonly #booking: BookingSide;
  readonly #disputes: Disputed[] = [];
  #heard = 0;

  constructor(terms: Terms, booking: BookingSide) {
    this.world = new PaymentWorld("accepted", terms.commissionBasisPoints);
    this.#booking = booking;
  }

  setCard(card: "works" | "declined"): void {
    this.world.stripe.card = card === "works" ? "accepted" : "declined";
  }

  exchange(told: readonly Told[]): Promise<News[]> {
    for (const { event, version, data } of told) {
      const asking = askings.find((one) => one.event.type === event.type);
      if (asking === undefined) continue;
      const received = { id: newId("evt"), version, data } as unknown as Parameters<typeof newsOf>[0];
      this.world.news(newsOf(received, asking.wants(data)));
    }
    this.world.settle();
    const news = this.world.announced.slice(this.#heard);
    this.#heard += news.length;
    return Promise.resolve(news.map(({ event, data }) => ({ type: event.type, data: data as News["data"] })));
  }

  giveBack(amountMinor: number): Promise<void> {
    assert.equal(whyNotGiven(this.world.charges, amountMinor), null);
    this.world.giveBackSo(amountMinor);
    return Promise.resolve();
  }

  dispute(charge: number, amountMinor: number): Promise<void> {
    const named = { id: newId("dsp"), providerId: `du_${charge}` };
    const dispute = newDispute(named, this.world.circumstances);
    this.#disputes.push({ charge, amountMinor, movements: [], dispute });
    this.#move(charge, -amountMinor, disputeFeeMinor);
    this.#look(charge, "open");
    return Promise.resolve();
  }

  decide(charge: number, outcome: "won" | "lost"): Promise<void> {
    if (outcome === "won") this.#move(charge, this.#of(charge).amountMinor, 0);
    this.#look(charge, outcome);
    return Promise.resolve();
  }

  #of(charge: number): Disputed {
    const found = this.#disputes.find((one) => one.charge === charge);
    assert(found);
    return found;
  }

  #move(charge: number, amountMinor: number, feeMinor: number): void {
    const { movements } = this.#of(charge);
    const fee = { amountMinor: feeMinor, currency: this.world.known.currency };
    movements.push({ id: `txn_${charge}_${movements.length}`, amountMinor, fee });
  }

  #look(charge: number, state: DisputeFacts["state"]): void {
    const { world } = this;
    const disputed = this.#of(charge);
    const { circumstances, charges } = world;
    const { intentId, bookingId, currency } = world.charge(charge);
    const before =
      disputed.dispute.call === null ? lookedSoon(disputed.dispute, circumstances) : disputed.dispute;
    const facts: DisputeFacts = {
      intentId,
      bookingId,
      disputed: { amountMinor: disputed.amountMinor, currency },
      reason: "fraudulent",
      state,
      providerStatus: state,
      isRefundable: false,
      answerDueBy: null,
      openedAt: "2026-11-01T00:00:00Z",
      movements: [...disputed.movements],
    };
    const answered = { key: before.call!.key, answer: { outcome: "done", dispute: facts } } as const;
    const decided = decideDispute(before, answered, { charges, othersOpen: false, circumstances });
    disputed.dispute = decided.dispute;
    // What has been posted under its cause is not posted again.
    const posted = new Set(world.books.map(({ kind, cause }) => `${kind} ${cause}`));
    world.books.push(...decided.postings.filter(({ kind, cause }) => !posted.has(`${kind} ${cause}`)));
    if (decided.step !== null) world.take(decided.step);
    world.announced.push(...decided.announced);
  }

  /** The balance is tried whenever its time has come. */
  passTo(nowMs: number): void {
    const { world } = this;
    const hoursTo = (ms: number) => Math.max(0, ms - world.businessMs) / hourMs;
    world.collect().settle();
    for (;;) {
      const tries = world.charges.map(({ collection }) => Date.parse(collection?.tryAt ?? ""));
      const next = Math.min(...tries.filter((at) => at > world.businessMs && at <= nowMs));
      if (!Number.isFinite(next)) break;
      world.pass(hoursTo(next)).settle();
    }
    world.pass(hoursTo(nowMs)).settle();
  }

  observe(): Promise<Observed> {
    const { charges, books, stripe } = this.world;
    const owed = books.flatMap((posting) => owedBy(posting) ?? []);
    const taken = charges.filter(({ capturedMinor }) => capturedMinor > 0);
    return Promise.resolve({
      charges: taken.map(({ charge, capturedMinor, refundedMinor, chargedBackMinor }) => ({
        charge,
        takenMinor: capturedMinor,
        backMinor: refundedMinor,
        bankMinor: chargedBackMinor,
      })),
      atProviderMinor: stripe.keptMinor(),
      ledger: ledgerOf(books.flatMap(({ entries }) => entries)),
      unbalanced: unbalanced(books).length,
      items: {
        payableMinor: sumOf(owed.map(({ payable }) => payable)),
        taxMinor: sumOf(owed.map(({ tax }) => tax)),
      },
      documents: this.#documents(taken),
    });
  }

  #documents(taken: readonly Payment[]): Observed["documents"] {
    const facts = invoiceFactsOf(this.#booking.row);
    const causeOf = (charge: number, cause: string, amountMinor: number) => ({
      cause,
      bookingId: facts.bookingId,
      charge,
      customerId: facts.customerId as Id<"usr">,
      currency: facts.currency,
      amountMinor,
      paidAt: "2026-11-01T00:00:00Z",
    });
    const invoices = taken.map(({ id, charge, capturedMinor }) => ({
      ...composeInvoice(causeOf(charge, id, capturedMinor), { facts, issuer, newDocumentId }),
      number: `INV-${charge}`,
    }));
    const refunds = this.world.refunds.map(({ id, charge, amountMinor }): ClaimedCause => ({
      ...causeOf(charge, id, amountMinor),
      kind: "refund",
      attempts: 1,
      failures: 0,
    }));
    const notes = decideCreditNotes(refunds, invoices, newDocumentId).map((one) => {
      if ("error" in one) throw one.error;
      return one.draft;
    });
    return {
      invoicedMinor: sumOf(invoices.map(({ totalMinor }) => totalMinor)),
      creditedMinor: sumOf(notes.map(({ totalMinor }) => totalMinor)),
    };
  }
}
