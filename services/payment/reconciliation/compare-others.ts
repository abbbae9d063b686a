/** Compares transfers and disputes with the provider's, and finds calls that nobody has answered. Pure. */
import type { Id } from "@holdfast/contracts/ids";
import type { Transfer } from "../transfers/transfer.ts";
import type { ListedDispute } from "../providers/dispute-provider.ts";
import type { TheirTransfer } from "../providers/books-provider.ts";
import { type Finding, said, saidOf } from "./finding.ts";

type Ours = Pick<
  Transfer,
  | "id"
  | "state"
  | "accountId"
  | "currency"
  | "amountMinor"
  | "reversedMinor"
  | "reversingMinor"
  | "providerId"
  | "call"
  | "reverses"
>;

/** A transfer of ours with the provider's (null where a side has none). Null where that cannot be judged now. */
export function compareTransfer(ours: Ours | null, theirs: TheirTransfer | null): Finding[] | null {
  if (ours === null) {
    if (theirs === null || theirs.amountMinor === theirs.reversedMinor) return [];
    const known = saidOf(
      `to ${theirs.accountId}`,
      theirs.amountMinor - theirs.reversedMinor,
      theirs.currency,
    );
    const about = { subject: theirs.providerId, bookingId: null, repairable: false };
    return [{ ...about, kind: "transfer-unknown", ours: said("no such transfer"), theirs: known }];
  }
  // What is being sent or taken back is judged once it is known what came of it.
  if (ours.call !== null || ours.reversingMinor > 0) return null;
  if (ours.state !== "sent" || ours.reverses !== null) return [];
  const about = { subject: ours.id, bookingId: null, repairable: false };
  const sent = saidOf("sent", ours.amountMinor, ours.currency);
  if (theirs === null) {
    const unknown = said(`no transfer ${ours.providerId}`);
    return [{ ...about, kind: "transfer-missing", ours: sent, theirs: unknown }];
  }
  const isOther =
    theirs.amountMinor !== ours.amountMinor ||
    theirs.currency !== ours.currency ||
    theirs.accountId !== ours.accountId;
  if (isOther) {
    const other = saidOf(`to ${theirs.accountId}`, theirs.amountMinor, theirs.currency);
    return [{ ...about, kind: "transfer-differs", ours: sent, theirs: other }];
  }
  if (theirs.reversedMinor === ours.reversedMinor) return [];
  const taken = (minor: number) => saidOf("taken back", minor, ours.currency);
  return [
    {
      ...about,
      kind: "transfer-differs",
      ours: taken(ours.reversedMinor),
      theirs: taken(theirs.reversedMinor),
    },
  ];
}

/** What is known here of a dispute. */
export interface KnownDispute {
  readonly providerStatus: string | null;
  readonly isBeingRead: boolean;
}

/** A dispute of the provider's; `known` is null where we do not know it. Null where that cannot be judged now. */
export function compareDispute(known: KnownDispute | null, theirs: ListedDispute): Finding[] | null {
  if (known?.isBeingRead) return null;
  if (known?.providerStatus === theirs.status) return [];
  const ours = said(known === null ? "not known" : (known.providerStatus ?? "not read"));
  const about = { subject: theirs.providerId, bookingId: null, repairable: true };
  return [{ ...about, kind: "dispute-unknown", ours, theirs: said(theirs.status) }];
}

/** A call that was written down, whatever it is about. */
export interface OpenCall {
  /** Id of the charge, transfer, dispute, account or stray intent. */
  readonly subject: string;
  readonly bookingId: Id<"bkg"> | null;
  readonly key: string;
  readonly plannedAtMs: number;
  readonly isParked: boolean;
}

/** Written down that long ago it ought to be known what came of it. */
export function compareCall(
  call: OpenCall,
  { nowMs, overdueMs }: { nowMs: number; overdueMs: number },
): Finding[] {
  if (nowMs - call.plannedAtMs < overdueMs) return [];
  const { subject, bookingId, key, plannedAtMs } = call;
  const since = Temporal.Instant.fromEpochMilliseconds(plannedAtMs).toString();
  const ours = said(`${key}, since ${since}`);
  return [{ kind: "call-unanswered", subject, bookingId, ours, theirs: said("no answer"), repairable: true }];
}
