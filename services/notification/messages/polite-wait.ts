/**
 * Sending is less urgent than writing messages down: it uses the moments in which no events come, gets a turn of its own
 * now and then while they do, and stops being polite once mails are late.
 */

export interface Politeness {
  /** No events for so long means that nobody is in the way, in ms. */
  readonly quietMs: number;
  /** Longest wait for such a moment, in ms. */
  readonly turnMs: number;
  /** Mails this late wait for nobody, in ms. */
  readonly lateMs: number;
}

const politeness: Politeness = { quietMs: 100, turnMs: 5_000, lateMs: 60_000 };

export interface Moment {
  /** Since events were last written down, in ms. */
  readonly sinceWriteMs: number;
  readonly waitedMs: number;
  /** How late the mails sent last were, in ms. */
  readonly lateMs: number;
}

/** How long to wait before looking again, in ms; 0: go on. */
export function politeWaitMs(moment: Moment, rules: Politeness = politeness): number {
  const { sinceWriteMs, waitedMs, lateMs } = moment;
  if (lateMs >= rules.lateMs || waitedMs >= rules.turnMs || sinceWriteMs >= rules.quietMs) return 0;
  return Math.min(rules.quietMs - sinceWriteMs, rules.turnMs - waitedMs);
}
