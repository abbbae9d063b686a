/** How long an endpoint takes for one kind of caller and for another, measured so that a busy machine does not decide. */
export interface Timing {
  /** Lower quartiles in ms. */
  readonly first: number;
  readonly second: number;
  readonly pairs: number;
}

/** What is told apart, and what is not. */
export interface Likeness {
  /** They differ by no more than this share of the longer, */
  readonly share: number;
  /** or by no more ms than this, which nobody measures over a network. */
  readonly slackMs: number;
  /** So many are timed; and as many again for as long as the two differ, so often in all. */
  readonly pairsAtOnce: number;
  readonly mostTimes: number;
}

/** What else a machine does only ever makes a call longer, so the shorter ones say how long it takes. */
function lowerQuartileOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function isAlike({ first, second }: Timing, { share, slackMs }: Likeness): boolean {
  const difference = Math.abs(first - second);
  return difference <= Math.max(first, second) * share || difference <= slackMs;
}

/**
 * Times pairs until the two are alike and returns null then; what was measured, where more pairs never bring the two
 * together. Both of a pair run one right after the other, and take turns at being first: what the machine does meanwhile
 * hits both alike.
 */
export async function differenceOf(
  likeness: Likeness,
  first: (round: number) => Promise<unknown>,
  second: (round: number) => Promise<unknown>,
): Promise<Timing | null> {
  const times: { first: number[]; second: number[] } = { first: [], second: [] };
  for (let pairs = 1; ; pairs += 1) {
    const order = pairs % 2 === 0 ? (["first", "second"] as const) : (["second", "first"] as const);
    for (const which of order) {
      times[which].push(await msOf(() => (which === "first" ? first : second)(pairs)));
    }
    if (pairs % likeness.pairsAtOnce > 0) continue;
    const timing = { first: lowerQuartileOf(times.first), second: lowerQuartileOf(times.second), pairs };
    if (isAlike(timing, likeness)) return null;
    if (pairs >= likeness.pairsAtOnce * likeness.mostTimes) return timing;
  }
}
