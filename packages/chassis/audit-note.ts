/** What the audit log is told of a call: ids and a network, nothing else of what was sent. */
import type { AuditNote } from "./audit.ts";
import type { ServedEndpoint } from "./endpoint.ts";
import type { HttpContext } from "./exchange.ts";
import { networkOf } from "./network.ts";
import type { Caller } from "./tokens.ts";

/** Does it change what is not the caller's own? Then it is never done unrecorded. */
export function changesAnybodys({ access, method }: Pick<ServedEndpoint, "access" | "method">): boolean {
  return method !== "get" && access.endsWith(":any");
}

/** Who called, as the log names them. */
export function actorOf(caller: Caller | null): Pick<AuditNote, "actor" | "sessionId" | "keyId"> {
  return {
    actor: caller?.userId ?? null,
    sessionId: caller?.sessionId ?? null,
    keyId: caller?.apiKey?.keyId ?? null,
  };
}

const targetsMax = 8;
const typedId = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The ids among the parameters of a path; whatever else stands there, a secret or a name, is left out. */
export function targetsOf(parameters: Iterable<string>): string[] {
  const targets: string[] = [];
  for (const value of parameters) {
    if (typedId.test(value) && targets.length < targetsMax) targets.push(value);
  }
  return targets;
}

/** The client's network: as the gateway says, or that of the peer where the call did not come through it. */
function networkOfCall({ env: { incoming } }: HttpContext): string | null {
  const { "x-forwarded-for": forwarded } = incoming.headers;
  const said = typeof forwarded === "string" ? forwarded : forwarded?.at(-1);
  return networkOf(said?.split(",").at(-1)?.trim() ?? incoming.socket.remoteAddress ?? "");
}

/** What a service tells of a call to one of its endpoints. */
export function auditNote(
  { name }: Pick<ServedEndpoint, "name">,
  context: HttpContext,
  { caller, requestId }: { readonly caller: Caller | null; readonly requestId: string },
  told: Pick<AuditNote, "kind" | "outcome">,
): AuditNote {
  return {
    ...told,
    ...actorOf(caller),
    action: name,
    targets: targetsOf(Object.values(context.req.param() as Record<string, string>)),
    network: networkOfCall(context),
    requestId,
  };
}
