/** What can differ, one row a kind: the code, the API's words and `docs/reconciliation.md` are held to this table. */
import type { DiscrepancyKind } from "@holdfast/contracts/api/reconciliation";

/** How a difference is ended without a person. */
export type Repair =
  /** The intent nobody has a booking for is voided, or refunded. */
  | "give-back"
  /** The charge's intent is read at the provider. */
  | "look"
  /** What booking says is taken in as if its event had come. */
  | "hear-booking"
  /** What the ledger lacks of the charge is posted. */
  | "post"
  /** The booking is settled anew. */
  | "settle"
  /** The dispute is read at the provider. */
  | "look-at-dispute"
  /** The call that is written down is made again under its key, or looked up. */
  | "take-up";

export interface KindOfDiscrepancy {
  /** What its subject is. */
  readonly about: "intent" | "charge" | "booking" | "dispute" | "transfer" | "call";
  readonly means: string;
  readonly cause: string;
  /** `parked`: nothing, and a person has to look at it; `listed`: nothing, and it may well stay so. */
  readonly repair: Repair | "parked" | "listed";
  /** What is done by itself. */
  readonly done: string;
  /** What a person does where that does not end it. */
  readonly person: string;
  /** How long it has to last: as long as calls and webhooks take, or as long as a call may fail. */
  readonly patience: "grace" | "overdue";
}

export const kinds = {
  "intent-unknown": {
    about: "intent",
    means: "An intent at Stripe names a booking of ours, and no charge of ours knows it.",
    cause: "It was created twice, or payment's database was put back to an older state.",
    repair: "give-back",
    done: "It is voided or refunded, unless its booking stands and has no other charge.",
    person:
      "Find the booking that it names; where it stands, agree with the guest, else refund it at Stripe.",
    patience: "grace",
  },
  "intent-foreign": {
    about: "intent",
    means: "An intent at Stripe holds money and names no booking of ours.",
    cause: "Something else charges on the same Stripe account.",
    repair: "listed",
    done: "It is listed only.",
    person: "Find out what charges there; give Holdfast an account of its own.",
    patience: "grace",
  },
  "intent-missing": {
    about: "charge",
    means: "Stripe does not know the intent of a charge of ours.",
    cause: "The API key is of another account or mode than the one that the charge was made with.",
    repair: "parked",
    done: "Nothing: without Stripe's word the charge stays as it is.",
    person: "Compare STRIPE_API_KEY with the account that has the intent.",
    patience: "grace",
  },
  "intent-mismatch": {
    about: "charge",
    means: "The intent of a charge is for another amount, currency, payment or booking than the charge.",
    cause: "It was changed at Stripe by hand, or somebody means harm.",
    repair: "parked",
    done: "Nothing is acted upon.",
    person: "Look at the intent's history at Stripe; put back what was changed, or refund it there.",
    patience: "grace",
  },
  "state-differs": {
    about: "charge",
    means: "The intent is in another state at Stripe than we know, and nothing is taken on either side.",
    cause: "A webhook did not come, or somebody cancelled it at Stripe.",
    repair: "look",
    done: "The intent is read, and the charge goes on from there.",
    person: "Where Stripe is behind us, the row was changed by hand: compare both histories.",
    patience: "grace",
  },
  "capture-differs": {
    about: "charge",
    means: "Another amount is captured at Stripe than we know.",
    cause: "A webhook or an answer did not come, or it was captured at Stripe by hand.",
    repair: "look",
    done: "The intent is read; what is captured and not wanted goes back.",
    person: "Where we know of more than Stripe, the row was changed by hand: compare both histories.",
    patience: "grace",
  },
  "refund-differs": {
    about: "charge",
    means: "Another amount was given back at Stripe than we know.",
    cause: "It was refunded at Stripe by hand, or a bank sent a refund back.",
    repair: "look",
    done: "The intent is read; a refund that came back parks the payment.",
    person: "Settle with the guest by other means, as for a payment parked with `refund-failed`.",
    patience: "grace",
  },
  "fee-differs": {
    about: "charge",
    means: "What Stripe kept for itself is missing here, or another amount.",
    cause: "Stripe's answer to the capture did not tell it yet.",
    repair: "look",
    done: "The balance transaction is read, and the fee posted.",
    person: "Where both know a fee, Stripe has corrected it: post the difference with your bookkeeping.",
    patience: "grace",
  },
  "money-without-booking": {
    about: "booking",
    means: "Money is held or kept for a booking that is over, or that booking does not know.",
    cause: "An event of booking's did not come, or giving it back fails.",
    repair: "hear-booking",
    done: "It goes back, as booking says.",
    person: "See why the payment is parked; of a booking that nobody knows, refund it at Stripe.",
    patience: "grace",
  },
  "capture-overdue": {
    about: "booking",
    means: "A booking is confirmed, and less is captured than is to be kept.",
    cause: "An event of booking's did not come, or the capture fails.",
    repair: "hear-booking",
    done: "It is captured, as booking says.",
    person:
      "See why the payment is parked; where the authorisation is lost, cancel the booking or let it be paid anew.",
    patience: "overdue",
  },
  "kept-differs": {
    about: "booking",
    means: "Another amount is kept of a booking than booking says.",
    cause: "An event of booking's did not come, or a refund fails.",
    repair: "hear-booking",
    done: "What is too much goes back, as booking says.",
    person:
      "See why the payment is parked; where too little is kept, nobody is charged by itself: agree with the guest.",
    patience: "grace",
  },
  "ledger-differs": {
    about: "charge",
    means: "The ledger has other amounts of a charge than the charge itself.",
    cause: "The charge is older than the ledger, or rows were changed by hand.",
    repair: "post",
    done: "What is missing is posted, once the charge is as Stripe says.",
    person: "Where the ledger has more than the charge, post the reverse with your bookkeeping.",
    patience: "grace",
  },
  "settlement-differs": {
    about: "booking",
    means: "A booking was settled at another amount than is kept of it.",
    cause: "Rows were changed by hand, or settling it fails.",
    repair: "settle",
    done: "It is settled anew, by the difference.",
    person: "See the log of payment for why it is not settled.",
    patience: "grace",
  },
  "dispute-unknown": {
    about: "dispute",
    means: "A dispute at Stripe is not known here, or stands otherwise there.",
    cause: "A webhook did not come.",
    repair: "look-at-dispute",
    done: "It is read at Stripe.",
    person: "See why it is parked: Stripe knows it for another key, or in another currency than its charge.",
    patience: "grace",
  },
  "transfer-unknown": {
    about: "transfer",
    means: "A transfer at Stripe is none that we have sent.",
    cause: "It was made at Stripe by hand, or payment's database was put back to an older state.",
    repair: "listed",
    done: "It is listed only: what a vendor has is not taken back by itself.",
    person: "Reverse it at Stripe, or leave it to the vendor and post it with your bookkeeping.",
    patience: "grace",
  },
  "transfer-missing": {
    about: "transfer",
    means: "Stripe does not know a transfer that we have sent.",
    cause: "The API key is of another account or mode, or rows were changed by hand.",
    repair: "parked",
    done: "Nothing: the vendor is not sent it twice.",
    person: "Compare STRIPE_API_KEY with the account that has the transfer.",
    patience: "grace",
  },
  "transfer-differs": {
    about: "transfer",
    means:
      "A transfer is of another amount, currency or account at Stripe, or more or less of it was taken back.",
    cause: "It was reversed at Stripe by hand, or rows were changed by hand.",
    repair: "parked",
    done: "Nothing: whose the difference is, nobody can tell from the amounts.",
    person:
      "See who reversed it at Stripe; send the vendor what is theirs, and post it with your bookkeeping.",
    patience: "grace",
  },
  "call-unanswered": {
    about: "call",
    means: "A call to Stripe was written down long ago, and it is not known what came of it.",
    cause: "Stripe does not answer, or refuses the key; nobody took it up.",
    repair: "take-up",
    done: "It is made again under its own key, or looked up once Stripe may have forgotten that.",
    person: "See docs/runbook.md, Stripe does not answer; then the log for that key.",
    patience: "overdue",
  },
} as const satisfies Record<DiscrepancyKind, KindOfDiscrepancy>;
