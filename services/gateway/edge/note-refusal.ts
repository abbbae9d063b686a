/** Tells the audit log what the gateway refused itself; what a service answered, the service tells. */
import { actorOf, targetsOf } from "@holdfast/chassis/audit-note";
import type { AuditSink } from "@holdfast/chassis/audit";
import { isAuditable } from "@holdfast/chassis/auditable";
import { networkOf } from "@holdfast/chassis/network";
import { malformedRequest } from "@holdfast/chassis/problems";
import { type Exchange, unknownRoute } from "../proxy/exchange.ts";

/** Notes a call's refusal, where it is one that is worth reading about. */
export function noteRefusal(exchange: Exchange, audit: AuditSink): void {
  const { refusal, caller, action, path, address, requestId } = exchange;
  if (refusal === undefined || !isAuditable(refusal, caller !== null)) return;
  audit.note({
    ...actorOf(caller),
    kind: "refusal",
    action,
    outcome: refusal.code,
    targets: targetsOf(path.split("/")),
    network: networkOf(address),
    requestId,
  });
}

/** Notes what was no request at all; `address` is that of the socket, for there was nothing to read another from. */
export function noteMalformed(address: string | undefined, audit: AuditSink): void {
  audit.note({
    ...actorOf(null),
    kind: "refusal",
    action: unknownRoute,
    outcome: malformedRequest.code,
    targets: [],
    network: networkOf(address ?? ""),
    requestId: null,
  });
}
