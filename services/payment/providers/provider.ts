/**
 * What payment asks of whoever moves money. The core decides and writes calls down; a provider makes them and says in the
 * core's words what they came to. A charge stays with the provider it began with.
 */
import type { Answer } from "../payments/answer.ts";
import type { Call, Payment } from "../payments/payment.ts";

/** The provider of charges that name no other. */
export const usualProvider = "stripe";

/** A charge as providers know it: what it is, and what is so at the provider as far as has been recorded. */
export type ProviderCharge = Pick<
  Payment,
  | "id"
  | "bookingId"
  | "charge"
  | "amountMinor"
  | "currency"
  | "paymentMethod"
  | "captureAtOnce"
  | "saveMethod"
  | "providerCustomer"
  | "collection"
  | "createdAt"
  | "intentId"
  | "intentState"
  | "authorisedMinor"
  | "capturedMinor"
  | "refundedMinor"
>;

/**
 * A call as it was written down. All of it follows from the stored row, so a repetition is the same request, and a
 * provider does under one `key` what it asks for once at most.
 */
export interface ProviderCall extends Pick<Call, "purpose" | "key" | "amountMinor" | "refundId"> {
  readonly charge: ProviderCharge;
}

export interface Provider {
  /** As the charges' column says it. */
  readonly name: string;
  /** Makes the call. What the provider or the network does is an answer; only a mistake of ours is thrown. */
  make(call: ProviderCall): Promise<Answer>;
}

/** The providers there are, by name. */
export type Providers = ReadonlyMap<string, Provider>;

export function providersOf(providers: readonly Provider[]): Providers {
  return new Map(providers.map((provider) => [provider.name, provider]));
}
