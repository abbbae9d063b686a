/** The endpoints of second factors, and of proving again who one is. */
import { answer, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import * as secondFactor from "@holdfast/contracts/api/second-factor";
import * as sessions from "@holdfast/contracts/api/sessions";
import type { AuthDependencies } from "../dependencies.ts";
import { browserSession } from "../sessions/browser-session.ts";
import { stepUp } from "../sessions/step-up.ts";
import { tokensView } from "../sessions/tokens-view.ts";
import { beginSecondFactor } from "./begin-second-factor.ts";
import { confirmSecondFactor } from "./confirm-second-factor.ts";
import { passSecondFactor } from "./pass-second-factor.ts";
import { removeSecondFactor } from "./remove-second-factor.ts";
import { renewRecoveryCodes } from "./renew-recovery-codes.ts";

/** Answers with a token or a code in them are never stored on their way (RFC 6749, section 5.1). */
const unstored = { headers: { "cache-control": "no-store" } };

export function secondFactorRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(sessions.passSecondFactor, async (call) =>
      answer(await tokensView(deps, await passSecondFactor(deps, call, "tokens")), unstored),
    ),
    handle(sessions.passSecondFactorBrowser, async (call) => {
      const grant = await passSecondFactor(deps, call, "cookies");
      const { body, cookies } = await browserSession(deps, grant, deps.clock.machineNow());
      return answer(body, { ...unstored, cookies });
    }),
    handle(sessions.stepUp, async (call) => {
      const { body, cookies } = await stepUp(deps, call);
      return answer(body, { ...unstored, cookies });
    }),
    handle(secondFactor.beginSecondFactor, async (call) =>
      answer(await beginSecondFactor(deps, call), unstored),
    ),
    handle(secondFactor.confirmSecondFactor, async (call) =>
      answer(await confirmSecondFactor(deps, call), unstored),
    ),
    handle(secondFactor.removeSecondFactor, async (call) => {
      await removeSecondFactor(deps, call);
      return noContent();
    }),
    handle(secondFactor.renewRecoveryCodes, async (call) =>
      answer(await renewRecoveryCodes(deps, call), unstored),
    ),
  ];
}
