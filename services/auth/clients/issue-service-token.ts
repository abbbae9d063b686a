import { randomUUID } from "node:crypto";
import type { AuthDependencies } from "../dependencies.ts";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import { clientRefused } from "./client-refused.ts";
import { type FormRequest, readClientRequest } from "./read-client-request.ts";

/** RFC 6749's answer, in its own spelling. */
export interface ServiceTokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

/**
 * A token in the name of a service.
 * @throws clientInvalid, or what readClientRequest throws
 */
export async function issueServiceToken(
  { clients, accessTokens, clock }: Pick<AuthDependencies, "clients" | "accessTokens" | "clock">,
  request: FormRequest,
): Promise<ServiceTokenAnswer> {
  const { clientId, clientSecret } = readClientRequest(request);
  if (!clients.knows(clientId, clientSecret)) throw clientRefused();
  const accessToken = await accessTokens.issue({
    subject: `svc:${clientId}`,
    roles: ["service"],
    tokenId: randomUUID(),
    issuedAt: clock.machineNow(),
  });
  return { access_token: accessToken, token_type: "Bearer", expires_in: accessTokenSeconds };
}
