/** What the audit log is told of somebody who does something with their own account. */
import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { AuditFact } from "../audit/write-audit.ts";
import { readClient } from "../sessions/client.ts";

/** The endpoint's name, by whom, in which session and from which network. */
export function accountFact(
  call: Pick<Call, "caller" | "headers" | "requestId"> & { readonly endpoint: { readonly name: string } },
): AuditFact {
  const { userId, sessionId = null, apiKey } = callerOf(call);
  return {
    action: call.endpoint.name,
    actor: userId,
    sessionId,
    keyId: apiKey?.keyId ?? null,
    targets: [userId],
    network: readClient(call.headers).network || null,
    requestId: call.requestId,
  };
}
