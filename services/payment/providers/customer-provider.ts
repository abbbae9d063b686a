/** What payment asks of whoever keeps what guests pay by. The core decides and writes calls down; a provider makes them. */
import type { Customer, CustomerAnswer, CustomerPurpose } from "../customers/customer.ts";
import type { Failed } from "../payments/answer.ts";

/** A call about a guest as the provider knows them, as it was written down. */
export interface CustomerCall {
  readonly purpose: CustomerPurpose;
  readonly key: string;
  readonly customer: Pick<Customer, "userId" | "providerId" | "createdAt">;
}

/** Something a guest can pay by again. What tells cards apart is null of what is no card. */
export interface SavedMethod {
  readonly methodId: string;
  /** As the provider names it: `card`, `link`. */
  readonly type: string;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly expiresMonth: number | null;
  readonly expiresYear: number | null;
  readonly createdAt: string;
}

type Refused = { readonly outcome: "refused"; readonly reason: string };

/** Done also where it was done before. */
export type DetachAnswer = { readonly outcome: "done" } | Refused | Failed;

/** A page, newest first. */
export type MethodsAnswer =
  | { readonly outcome: "done"; readonly methods: readonly SavedMethod[]; readonly more: boolean }
  | { readonly outcome: "refused"; readonly reason: "customer-missing" | "cursor" | "refused" }
  | Failed;

/** Whether the method is one that is kept with this customer. */
export type OwnsAnswer = { readonly outcome: "done"; readonly owns: boolean } | Refused | Failed;

/** What the provider or the network does is an answer; only a mistake of ours is thrown. */
export interface CustomerProvider {
  /** As metrics name it. */
  readonly name: string;
  callAboutCustomer(call: CustomerCall): Promise<CustomerAnswer>;
  listMethods(of: {
    readonly customerId: string;
    readonly limit: number;
    readonly after: string | null;
  }): Promise<MethodsAnswer>;
  ownsMethod(of: { readonly customerId: string; readonly methodId: string }): Promise<OwnsAnswer>;
  detachMethod(methodId: string): Promise<DetachAnswer>;
}
