import type { Call } from "@holdfast/chassis/endpoint";
import type { UserView, verifyEmail as endpoint } from "@holdfast/contracts/api/accounts";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Selectable } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables, RegistrationTable } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { useLink } from "../mails/mail-links.ts";
import { linkInvalid } from "../problems.ts";
import { addUser } from "./add-user.ts";
import { forgetRegistrations } from "./forget-registrations.ts";
import { userView } from "./user-view.ts";
import { visitorFact } from "./visitor-fact.ts";

/**
 * Makes the account of a registration whose link was followed. The first link followed wins the address.
 * @throws linkInvalid where the link was used, has run out, was changed or never was, or the address is taken by now
 */
export async function verifyEmail(
  { clock, mailTokens }: Pick<AuthDependencies, "clock" | "mailTokens">,
  unit: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<UserView> {
  const machineNow = clock.machineNow();
  const link = await useLink(unit, mailTokens, {
    mail: "verify-email",
    token: call.body.token,
    machineNow,
  });
  const {
    email,
    name,
    role,
    password_hash: passwordHash,
  } = await takeRegistration(unit, link.registration_id);
  const added = await addUser(unit, {
    email,
    name,
    roles: [role],
    passwordHash,
    now: clock.now(),
    traceparent: call.traceparent,
  });
  if (added === undefined) throw linkInvalid();
  await forgetRegistrations(unit, email);
  await writeAudit(unit.tx, visitorFact(call, added.id));
  return userView(added);
}

async function takeRegistration(
  { tx }: UnitOfWork<AuthTables>,
  id: string | null,
): Promise<Selectable<RegistrationTable>> {
  const taken = await tx.deleteFrom("registrations").where("id", "=", id).returningAll().executeTakeFirst();
  if (taken === undefined) throw linkInvalid();
  return taken;
}
