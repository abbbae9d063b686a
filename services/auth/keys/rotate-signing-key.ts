import { answer, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import type { rotateSigningKey as endpoint, SigningKeyView } from "@holdfast/contracts/api/signing-keys";
import type { AuthDependencies } from "../dependencies.ts";

/**
 * Makes the next signing key at an operator's word.
 * @throws rotationTooSoon
 */
export async function rotateSigningKey(
  deps: Pick<AuthDependencies, "transact" | "repetitionSecret" | "keyring">,
  call: Call<typeof endpoint>,
): Promise<Answer<SigningKeyView>> {
  const made = await idempotent(deps, call, async (unit) =>
    answer(await deps.keyring.rotate(unit, call.body.reason)),
  );
  // Whoever rotates because a key has leaked is not to be answered before this replica has ceased to sign with it.
  await deps.keyring.reread();
  return made;
}
