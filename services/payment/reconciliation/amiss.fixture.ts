/** Each kind of discrepancy, brought about behind the service's back, and what a person does who puts it right. */
import assert from "node:assert";
import type { DiscrepancyKind } from "@holdfast/contracts/api/reconciliation";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { type PaymentWorld, totalMinor } from "../payment-service.fixture.ts";
import { eur, type Hands, handsIn, paidBy, undecided } from "./hands.fixture.ts";

/** Something that is amiss. */
export interface Amiss {
  readonly subject: string;
  /** What a person does; nothing where it is repaired by itself. */
  readonly putRight?: () => Promise<unknown>;
  /** Holds once it is over. */
  readonly expected?: () => Promise<void> | void;
}

type Bringing = Partial<Record<DiscrepancyKind, () => Promise<Amiss>>>;

const ofIntents = ({ world, sql, stripe, word, authorised, captured, charge, booked }: Hands) =>
  ({
    "intent-unknown": async () => {
      const booking = await captured();
      const { paymentId } = await charge(booking);
      const metadata = { booking_id: booking.bookingId, payment_id: paymentId };
      const twice = await stripe.paymentIntents.create({ ...eur, ...paidBy, metadata });
      return {
        subject: twice.id,
        expected: async () => {
          const { latest_charge: taken } = await stripe.paymentIntents.retrieve(twice.id, {
            expand: ["latest_charge"],
          });
          assert(typeof taken === "object" && taken?.amount_refunded === eur.amount, "it was given back");
          assert(booked(booking)?.refunded === 0, "the booking's own was not");
        },
      };
    },
    "intent-foreign": async () => {
      const { id } = await stripe.paymentIntents.create({ ...eur, ...paidBy });
      return { subject: id, putRight: () => stripe.refunds.create({ payment_intent: id }) };
    },
    "intent-missing": async () => {
      const { bookingId: from } = await authorised();
      const copy = world.book();
      word(copy, undecided);
      const paymentId = newId("pay");
      await sql.query(
        `insert into payments select (jsonb_populate_record(p, jsonb_build_object(
           'booking_id', $2::text, 'id', $3::text, 'intent_id', 'pi_of_another_account', 'next_attempt_at', null))).*
         from payments p where booking_id = $1`,
        [from, copy.bookingId, paymentId],
      );
      const putRight = () => sql.query("delete from payments where booking_id = $1", [copy.bookingId]);
      return { subject: paymentId, putRight };
    },
    "intent-mismatch": async () => {
      const booking = await captured();
      const { paymentId, intentId } = await charge(booking);
      const name = (payment: string) =>
        stripe.paymentIntents.update(intentId, { metadata: { payment_id: payment } });
      await name(newId("pay"));
      return { subject: paymentId, putRight: () => name(paymentId) };
    },
  }) satisfies Bringing;

const ofCharges = ({ world, sql, standIn, stripe, word, authorised, captured, charge }: Hands) =>
  ({
    "state-differs": async () => {
      const booking = await authorised();
      const { paymentId, intentId } = await charge(booking);
      await stripe.paymentIntents.cancel(intentId);
      return { subject: paymentId, expected: async () => void (await world.reaches(booking, "voided")) };
    },
    "capture-differs": async () => {
      const booking = await authorised();
      const { paymentId, intentId } = await charge(booking);
      await stripe.paymentIntents.capture(intentId);
      return { subject: paymentId };
    },
    "refund-differs": async () => {
      const booking = await captured(undecided);
      const { paymentId, intentId } = await charge(booking);
      await stripe.refunds.create({ payment_intent: intentId, amount: 1_000 });
      return { subject: paymentId, expected: async () => void (await world.reaches(booking, "refunded")) };
    },
    "fee-differs": async () => {
      const booking = world.book();
      word(booking, undecided);
      await booking.held({ capture: "immediate" });
      const { body } = await world.reaches(booking, "action-required").then(() => world.show(booking));
      standIn.setSwitches({ webhooks: "on" });
      await world.guest("confirm", { client_secret: body.clientSecret, payment_method: "pm_card_visa" });
      const { paymentId } = await charge(booking);
      await until("the webhook to be taken in", async () => {
        const { rows } = await sql.query<{ taken: boolean }>(
          "select captured_minor > 0 as taken from payments where id = $1",
          [paymentId],
        );
        return rows[0]?.taken;
      });
      standIn.setSwitches({ webhooks: "off" });
      return { subject: paymentId };
    },
  }) satisfies Bringing;

const ofBookings = ({ sql, authorised, captured, charge, booked, unpost }: Hands) =>
  ({
    "money-without-booking": async () => {
      const booking = await captured({ status: "expired", step: "give-back", keepMinor: 0, version: 3 });
      return {
        subject: booking.bookingId,
        expected: () => assert(booked(booking)?.refunded === totalMinor, "all of it went back"),
      };
    },
    "capture-overdue": async () => {
      const booking = await authorised({ step: "capture" });
      return {
        subject: booking.bookingId,
        expected: () => assert(booked(booking)?.captured === totalMinor, "it was captured"),
      };
    },
    "kept-differs": async () => {
      const booking = await captured({
        status: "cancelled",
        step: "give-back",
        keepMinor: 4_000,
        version: 3,
      });
      return {
        subject: booking.bookingId,
        expected: () => assert(booked(booking)?.refunded === 6_000, "what was too much went back"),
      };
    },
    "ledger-differs": async () => {
      const booking = await captured();
      await unpost(["capture"], booking.bookingId);
      return { subject: (await charge(booking)).paymentId };
    },
    "settlement-differs": async () => {
      const booking = await captured();
      await booking.completed();
      await until("it to be settled", async () => {
        const found = "select from settlements where booking_id = $1 and times > 0 and not due";
        return (await sql.query(found, [booking.bookingId])).rowCount === 1;
      });
      await unpost(["settlement", "netting"], booking.bookingId);
      await sql.query(
        `update settlements set times = 0, settled_at = null, captured_minor = 0, refunded_minor = 0, tax_minor = 0,
           commission_minor = 0, payable_minor = 0 where booking_id = $1`,
        [booking.bookingId],
      );
      return { subject: booking.bookingId };
    },
  }) satisfies Bringing;

const ofOthers = ({ world, sql, stripe, captured, charge, connected, sentRow }: Hands) =>
  ({
    "dispute-unknown": async () => {
      const booking = await captured();
      const { intentId } = await charge(booking);
      await world.guest("disputes", { payment_intent: intentId });
      const { data } = await stripe.disputes.list({ payment_intent: intentId });
      return { subject: data[0]?.id ?? "" };
    },
    "transfer-unknown": async () => {
      const { id } = await stripe.transfers.create({
        amount: 300,
        currency: "eur",
        destination: await connected(),
      });
      return { subject: id, putRight: () => stripe.transfers.createReversal(id) };
    },
    "transfer-missing": async () => {
      const id = newId("trf");
      await sentRow(id, "tr_of_another_account", "acct_1", 700);
      return { subject: id, putRight: () => sql.query("delete from transfers where id = $1", [id]) };
    },
    "transfer-differs": async () => {
      const id = newId("trf");
      const destination = await connected();
      const metadata = { transfer_id: id };
      const made = await stripe.transfers.create({ amount: 600, currency: "eur", destination, metadata });
      await sentRow(id, made.id, destination, 500);
      const putRight = () =>
        sql.query("update transfers set amount_minor = 600, payable_minor = 600 where id = $1", [id]);
      return { subject: id, putRight };
    },
    "call-unanswered": async () => {
      const booking = await captured();
      const { paymentId } = await charge(booking);
      const call = { purpose: "look", key: `booking:${booking.bookingId}:look:9`, amountMinor: null };
      await sql.query(
        "update payments set calls = 9, call = $2, next_attempt_at = now() + interval '1 hour' where id = $1",
        [paymentId, JSON.stringify({ ...call, refundId: null, failures: 0, plannedAtMs: 0 })],
      );
      return { subject: paymentId };
    },
  }) satisfies Bringing;

/** Brings each kind about in turn. */
export function amissIn(world: PaymentWorld): Record<DiscrepancyKind, () => Promise<Amiss>> {
  const hands = handsIn(world);
  return { ...ofIntents(hands), ...ofCharges(hands), ...ofBookings(hands), ...ofOthers(hands) };
}
