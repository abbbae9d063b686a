/** What the audit log is told of somebody who followed a link: nobody is signed in, and the link says whose account it is. */
import type { Call } from "@holdfast/chassis/endpoint";
import type { Id } from "@holdfast/contracts/ids";
import type { AuditFact } from "../audit/write-audit.ts";
import { readClient } from "../sessions/client.ts";

/** The endpoint's name, on whose account and from which network. */
export function visitorFact(
  call: Pick<Call, "headers" | "requestId"> & { readonly endpoint: { readonly name: string } },
  userId: Id<"usr">,
): AuditFact {
  return {
    action: call.endpoint.name,
    actor: userId,
    targets: [userId],
    network: readClient(call.headers).network || null,
    requestId: call.requestId,
  };
}
