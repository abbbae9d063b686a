/** Leads a life: everybody does what the commands say, and the expected money is reckoned beside it. */
import assert from "node:assert";
import { BookingSide } from "./booking-side.ts";
import { ExpectedMoney } from "./expected-money.ts";
import type { Command, Life, Terms } from "./life.ts";
import type { PaymentSide } from "./payment-side.ts";

interface Living {
  readonly terms: Terms;
  readonly booking: BookingSide;
  readonly payment: PaymentSide;
  readonly expected: ExpectedMoney;
}

/** Both sides hear of each other until neither has anything to say. */
async function rest({ booking, payment }: Living): Promise<void> {
  for (let rounds = 0; ; rounds += 1) {
    assert(rounds < 40, "the two sides come to rest");
    const told = booking.take();
    const news = await payment.exchange(told);
    for (const one of news) booking.hear(one);
    if (told.length === 0 && news.length === 0 && !booking.sweep()) return;
  }
}

/** Nothing is charged in that time but the balance. */
async function passTo(living: Living, ms: number): Promise<void> {
  living.payment.setCard(living.terms.balanceCard);
  living.payment.passTo(ms);
  living.booking.passTo(ms);
  await rest(living);
  living.payment.setCard("works");
}

async function obey(living: Living, command: Command): Promise<void> {
  const { booking, payment, expected } = living;
  const done = expected.do(command);
  if (done === null) return;
  const { amountMinor = 0, charge = 0 } = done;
  switch (command.do) {
    case "pass":
    case "wait-for-start":
      return passTo(living, expected.nowMs);
    case "dearer":
      payment.setCard(command.card);
      booking.move(booking.row.total_minor + amountMinor, expected.startMs, command.card);
      await rest(living);
      return payment.setCard("works");
    case "cheaper":
    case "shift":
      return booking.move(booking.row.total_minor - amountMinor, expected.startMs, "works");
    case "give-back":
      return payment.giveBack(amountMinor);
    case "dispute":
      return payment.dispute(charge, amountMinor);
    case "decide":
      return payment.decide(charge, command.outcome);
    default:
      return booking.act(command.do);
  }
}

/** Lives it to its end, with the last dispute decided for the vendor, and answers with what is to be seen then. */
export async function live(
  { terms, commands }: Life,
  startMs: number,
  paymentOf: (booking: BookingSide) => PaymentSide,
): Promise<{
  readonly payment: PaymentSide;
  readonly expected: ExpectedMoney;
  readonly booking: BookingSide;
}> {
  const booking = new BookingSide(terms, startMs);
  const payment = paymentOf(booking);
  const living = { terms, booking, payment, expected: new ExpectedMoney(terms, startMs) };
  payment.setCard(terms.card === "declined" ? "declined" : "works");
  await rest(living);
  payment.setCard("works");
  for (const command of [...commands, { do: "decide", outcome: "won" } as const]) {
    await obey(living, command);
    await rest(living);
    if (!living.expected.isBalanceDue) continue;
    living.expected.collectBalance();
    await passTo(living, living.expected.nowMs);
  }
  return living;
}
