import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { mailTaken, requestEmailChange as endpoint } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { linkLives } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";

/** Said whether or not an account has that address. */
const taken = {
  message: "A mail is on its way to the new address. Follow its link within 24 hours to change to it.",
};

/** Sends a link to the new address; where an account has it already, its owner is told instead. */
export async function requestEmailChange(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Pick<Call<typeof endpoint>, "body" | "caller" | "traceparent">,
): Promise<z.output<typeof mailTaken>> {
  const { newEmail } = call.body;
  const callerId = callerOf(call).userId as Id<"usr">;
  const expiresAt = clock.machineNow().add(linkLives["confirm-new-email"]);
  const owner = await unit.tx
    .selectFrom("users")
    .select("id")
    .where("email", "=", newEmail)
    .executeTakeFirst();
  const to =
    owner === undefined
      ? ({ mail: "confirm-new-email", userId: callerId, email: newEmail, expiresAt } as const)
      : ({ mail: "account-exists", userId: owner.id } as const);
  await requestMail(unit, { ...to, now: clock.now(), traceparent: call.traceparent });
  return taken;
}
