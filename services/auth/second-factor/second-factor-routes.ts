/** The endpoints of second factors, and of proving again who one is. */
import { answer, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as secondFactor from "@holdfast/contracts/api/second-factor";
import * as sessions from "@holdfast/contracts/api/sessions";
import type { AuthDependencies } from "../dependencies.ts";
import { browserAnswer } from "../sessions/browser-session.ts";
import { stepUp } from "../sessions/step-up.ts";
import { tokensAnswer, unstored } from "../sessions/tokens-view.ts";
import { beginSecondFactor } from "./begin-second-factor.ts";
import { confirmSecondFactor } from "./confirm-second-factor.ts";
import { passSecondFactor } from "./pass-second-factor.ts";
import { removeSecondFactor } from "./remove-second-factor.ts";
import { renewRecoveryCodes } from "./renew-recovery-codes.ts";

export function secondFactorRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(sessions.passSecondFactor, async (call) =>
      tokensAnswer(deps, await passSecondFactor(deps, call, "tokens")),
    ),
    handle(sessions.passSecondFactorBrowser, async (call) =>
      browserAnswer(deps, await passSecondFactor(deps, call, "cookies")),
    ),
    handle(sessions.stepUp, (call) => stepUp(deps, call)),
    handle(secondFactor.beginSecondFactor, (call) =>
      idempotent(deps, call, async (unit) => answer(await beginSecondFactor(deps, unit, call), unstored)),
    ),
    handle(secondFactor.confirmSecondFactor, (call) => confirmSecondFactor(deps, call)),
    handle(secondFactor.removeSecondFactor, (call) =>
      idempotent(deps, call, async (unit) => {
        await removeSecondFactor(deps, unit, call);
        return noContent();
      }),
    ),
    handle(secondFactor.renewRecoveryCodes, (call) =>
      idempotent(deps, call, async (unit) => answer(await renewRecoveryCodes(deps, unit, call), unstored)),
    ),
  ];
}
