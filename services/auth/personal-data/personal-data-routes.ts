/** Auth's endpoints about what is kept of a person. */
import { answer, handle, type Route } from "@holdfast/chassis/endpoint";
import { exportMyData as exportEndpoint, personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import { closeAccount as closeEndpoint } from "@holdfast/contracts/api/users";
import type { AuthDependencies } from "../dependencies.ts";
import { closeAccount } from "./close-account.ts";
import { exportMyData } from "./export-my-data.ts";
import { getPersonalData } from "./get-personal-data.ts";

const unstored = { headers: { "cache-control": "no-store" } };

export function personalDataRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(exportEndpoint, async (call) => answer(await exportMyData(deps, call), unstored)),
    handle(personalDataEndpoint("auth"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
    handle(closeEndpoint, (call) => closeAccount(deps, call)),
  ];
}
