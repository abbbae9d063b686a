/** Finds disputes whose webhooks never came, by the provider's own list, and those it knows more of than we do. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { DisputeProvider, ListedDispute } from "../providers/dispute-provider.ts";
import { lookAtDisputes } from "./look-at-disputes.ts";

/** Webhooks are tried again for three days; what is older is looked at by itself while it is open. */
const listedDays = 30;
/** Pages read in one run at most, newest first. */
const pagesMax = 20;
/** Charges asked about one by one in a run at most. */
const chargesMax = 50;

export interface FindDisputesDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly provider: DisputeProvider;
}

/** Has those read that are not known here, or stand otherwise than they were read last. */
async function lookAtNews({ transact, decider }: FindDisputesDeps, listed: readonly ListedDispute[]) {
  if (listed.length === 0) return;
  await transact(async (unit) => {
    const known = await unit.tx
      .selectFrom("disputes")
      .select(["provider_id", "provider_status"])
      .where("provider_id", "=", (eb) => eb.fn.any(eb.val(listed.map(({ providerId }) => providerId))))
      .execute();
    const statuses = new Map(known.map((row) => [row.provider_id, row.provider_status]));
    const news = listed.filter(({ providerId, status }) => statuses.get(providerId) !== status);
    await lookAtDisputes(
      unit,
      decider,
      news.map(({ providerId }) => providerId),
    );
  });
}

/** Intents of charges that are said to be disputed, and of which no open dispute is known. */
async function intentsInQuestion({ transact }: FindDisputesDeps): Promise<string[]> {
  const rows = await transact(({ tx }) =>
    tx
      .selectFrom("payments as p")
      .select("p.intent_id")
      .where("p.disputed", "=", true)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom("disputes as d")
              .select("d.id")
              .whereRef("d.booking_id", "=", "p.booking_id")
              .where("d.state", "=", "open"),
          ),
        ),
      )
      .limit(chargesMax)
      .execute(),
  );
  return rows.flatMap(({ intent_id: intentId }) => intentId ?? []);
}

/** Rejects where the provider cannot be asked; the next run asks again. */
export async function findDisputes(deps: FindDisputesDeps): Promise<void> {
  const { decider, provider } = deps;
  const since = Temporal.Instant.from(decider.machineNow()).subtract({ hours: 24 * listedDays });
  let after: string | null = null;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await provider.listDisputes({ since, after });
    await lookAtNews(deps, listed.disputes);
    after = listed.next;
    if (after === null) break;
  }
  for (const intentId of await intentsInQuestion(deps)) {
    await lookAtNews(deps, await provider.disputesOf(intentId));
  }
}
