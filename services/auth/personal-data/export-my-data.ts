import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { exportMyData as endpoint } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import type { OtherService } from "./ask-services.ts";
import { getPersonalData } from "./get-personal-data.ts";

/**
 * Everything kept about the caller, from all services at once.
 * @throws serviceUnavailable naming a service that does not answer: half of it is never given as all of it
 */
export async function exportMyData(
  { db, transact, personalData }: Pick<AuthDependencies, "db" | "transact" | "personalData">,
  call: Call<typeof endpoint>,
) {
  const userId = callerOf(call).userId as Id<"usr">;
  const kept = async (service: OtherService) => (await personalData.keptBy(service, userId)).data;
  const [auth, catalog, booking, payment, notification] = await Promise.all([
    getPersonalData(db, userId).then(({ data }) => data),
    kept("catalog"),
    kept("booking"),
    kept("payment"),
    kept("notification"),
  ]);
  await transact(({ tx }) => writeAudit(tx, accountFact(call)));
  return {
    exportedAt: new Date().toISOString(),
    services: { auth, catalog, booking, payment, notification },
  };
}
