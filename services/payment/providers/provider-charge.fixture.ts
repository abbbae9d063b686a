/** A charge at a provider, driven call by call, with what each answer tells recorded as the service records it. */
import { newId } from "@holdfast/contracts/ids";
import type { Answer, IntentFacts } from "../payments/answer.ts";
import type { Purpose } from "../payments/payment.ts";
import type { Provider, ProviderCall, ProviderCharge } from "./provider.ts";

export const chargeMinor = 10_000;

/** The call under a key of its own, for the charge as it stands. */
export class ChargeAtProvider {
  readonly #provider: Provider;
  charge: ProviderCharge;
  #calls = 0;

  constructor(provider: Provider, of: Partial<ProviderCharge> = {}) {
    this.#provider = provider;
    this.charge = {
      id: newId("pay"),
      bookingId: newId("bkg"),
      charge: 1,
      amountMinor: chargeMinor,
      currency: "EUR",
      paymentMethod: "pm_card_visa",
      captureAtOnce: false,
      saveMethod: false,
      providerCustomer: null,
      collection: null,
      createdAt: Temporal.Now.instant().toString(),
      intentId: null,
      intentState: null,
      authorisedMinor: 0,
      capturedMinor: 0,
      refundedMinor: 0,
      ...of,
    };
  }

  plan(purpose: Purpose, amountMinor: number | null = null): ProviderCall {
    this.#calls += 1;
    const key = `booking:${this.charge.bookingId}:${purpose}:${this.#calls}`;
    return { purpose, key, amountMinor, refundId: null, charge: this.charge };
  }

  /** Makes the call; its answer is lost. */
  lose(call: ProviderCall): Promise<Answer> {
    return this.#provider.make(call);
  }

  async make(purpose: Purpose, amountMinor: number | null = null): Promise<Answer> {
    const answer = await this.#provider.make(this.plan(purpose, amountMinor));
    this.record(answer);
    return answer;
  }

  record(answer: Answer): void {
    if (answer.outcome === "failed" || answer.intent === null) return;
    const { intent } = answer;
    this.charge = {
      ...this.charge,
      intentId: intent.intentId,
      intentState: intent.state,
      authorisedMinor: Math.max(this.charge.authorisedMinor, intent.capturableMinor, intent.receivedMinor),
      capturedMinor: intent.receivedMinor,
      refundedMinor: intent.refundedMinor ?? this.charge.refundedMinor,
    };
  }
}

/** The facts in an answer that says it was done; fails the test for any other. */
export function factsIn(answer: Answer): IntentFacts {
  if (answer.outcome !== "done" || answer.intent === null) {
    throw new Error(`not done: ${JSON.stringify(answer)}`);
  }
  return answer.intent;
}
