/** What a run does, one after the other: the provider's books against ours, ours against theirs, then each suspicion by itself. */
export const phases = [
  "intents",
  "refunds",
  "disputes",
  "transfers",
  "charges",
  "sent",
  "calls",
  "recheck",
] as const;
export type Phase = (typeof phases)[number];

/** The phase after this one; null after the last. */
export function phaseAfter(phase: Phase): Phase | null {
  return phases[phases.indexOf(phase) + 1] ?? null;
}
