/** Gathers what happens again and again into one report that says how often, so that a flood writes little. */
import type { AuditReport } from "@holdfast/contracts/api/audit";

type Kind = Pick<AuditReport, "kind" | "action" | "outcome" | "actor" | "network" | "targets">;

function keyOf({ kind, action, outcome, actor, network, targets }: Kind): string {
  return [kind, action, outcome, actor ?? "", network ?? "", ...targets].join("\n");
}

export class AuditGathering {
  readonly #kindsMax: number;
  #reports = new Map<string, AuditReport>();

  constructor(kindsMax: number) {
    this.#kindsMax = kindsMax;
  }

  /** Counts one more of a kind, whose first is made into a report; false where there are too many kinds for it. */
  add(of: Kind, report: () => AuditReport): boolean {
    const key = keyOf(of);
    const known = this.#reports.get(key);
    if (known !== undefined) known.times += 1;
    else if (this.#reports.size >= this.#kindsMax) return false;
    else this.#reports.set(key, report());
    return true;
  }

  /** What was gathered, oldest first; gathering begins anew. */
  take(): AuditReport[] {
    const taken = [...this.#reports.values()];
    if (taken.length > 0) this.#reports = new Map();
    return taken;
  }
}
