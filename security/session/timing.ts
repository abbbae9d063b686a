/** How long an endpoint takes for one kind of caller and for another, measured so that a busy machine does not decide. */
export interface Timing {
  readonly first: number;
  readonly second: number;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Medians in ms of so many pairs. Both of a pair run one right after the other, and take turns at being first: what the
 * machine does meanwhile hits both alike.
 */
export async function timePairs(
  pairs: number,
  first: (round: number) => Promise<unknown>,
  second: (round: number) => Promise<unknown>,
): Promise<Timing> {
  const times: { first: number[]; second: number[] } = { first: [], second: [] };
  for (let round = 0; round < pairs; round += 1) {
    const order = round % 2 === 0 ? (["first", "second"] as const) : (["second", "first"] as const);
    for (const which of order) {
      times[which].push(await msOf(() => (which === "first" ? first : second)(round)));
    }
  }
  return { first: medianOf(times.first), second: medianOf(times.second) };
}

/** Do they differ by less than that share, or by less than `slackMs`, which nobody measures over a network? */
export function isAlike({ first, second }: Timing, share: number, slackMs: number): boolean {
  const difference = Math.abs(first - second);
  return difference <= Math.max(first, second) * share || difference <= slackMs;
}
