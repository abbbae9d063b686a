/**
 * Attacks as rows of a table. Each is sent, must be refused by name, must change nothing, and must be in the audit log:
 * `describeAttacks` checks all of it, so no row can be written without it.
 */
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import { until } from "@holdfast/testkit/until";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedTables, fingerprint, type Fingerprint, quietFingerprint } from "./fingerprint.ts";
import type { Answered } from "./requests.ts";

/** What the audit log must have of a refusal. */
export interface Audited {
  /** The endpoint's name, or `unknown-route`. */
  readonly action: string;
  /** The refusal's code where not said. */
  readonly outcome?: string;
  /** `usr_…`, `svc:…`, or null where nobody was known. */
  readonly actor: string | null;
  /** Who refused; any of them where not said. */
  readonly service?: string;
  /** How often; once an answer where not said. */
  readonly times?: number;
}

/** One or several answers, each of them to be the refusal. */
export type Sent = Answered | readonly Answered[];

/** What a file made ready for its attacks. */
export interface Ground extends AsyncDisposable {
  /** A `SecurityWorld`, or at the least the database of the platform that is attacked, as its administrator. */
  readonly world: { readonly sql: pg.Pool };
}

/** One row. `G` is what its file made ready for all its rows. */
export interface Attack<G extends Ground> {
  /** What the attacker tries. */
  readonly title: string;
  /** Made before anything is measured, for what the attacker had beforehand; rows are prepared side by side, a few at a time. */
  readonly prepare?: (ground: G) => Promise<void>;
  readonly send: (ground: G) => Promise<Sent>;
  /** Status and code that every answer must have. */
  readonly refusal: readonly [status: number, code: string];
  /** In the log a second or two later; or, in words, why nothing is. */
  readonly audited: ((ground: G) => Audited | readonly Audited[]) | { readonly not: string };
  /** Tables that the refusal itself writes, such as the tries that are left; all others must be as they were. */
  readonly writes?: readonly string[];
}

interface Family<G extends Ground> {
  readonly family: string;
  /** Fewer rows than that fail: none is lost unnoticed. */
  readonly atLeast: number;
  readonly enter: () => Promise<G>;
  readonly attacks: readonly Attack<G>[];
}

/** The log's own clock, from which on a file's entries count. */
async function timeOf(sql: pg.Pool): Promise<string> {
  return (await sql.query<{ now: string }>("select now()::text as now")).rows[0]?.now ?? "";
}

/** How often the log has had that since then. */
async function timesAudited(sql: pg.Pool, since: string, { action, outcome, actor, service }: Audited) {
  const { rows } = await sql.query<{ times: number }>(
    `select coalesce(sum(times), 0)::integer as times from auth.audit_log
     where written_at >= $1 and action = $2 and outcome = $3 and actor is not distinct from $4
     and ($5::text is null or service = $5)`,
    [since, action, outcome, actor, service ?? null],
  );
  return rows[0]?.times ?? 0;
}

/** Expected entries by what they tell, with how often in all: the log adds up what is alike. */
class ExpectedEntries {
  readonly #byKey = new Map<string, { readonly audited: Audited; readonly title: string; times: number }>();

  add(audited: Audited, times: number, title: string): void {
    const key = JSON.stringify([audited.action, audited.outcome, audited.actor, audited.service]);
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, { audited, times, title });
    else known.times += times;
  }

  /** What the log lacks, in words. */
  async missing(sql: pg.Pool, since: string): Promise<string[]> {
    const missing: string[] = [];
    for (const { audited, times, title } of this.#byKey.values()) {
      const found = await timesAudited(sql, since, audited);
      if (found < times) missing.push(`${title}: ${JSON.stringify(audited)} ${found} of ${times} times`);
    }
    return missing;
  }
}

/** Entries are gathered for a second before they are sent. */
const auditDeadlineMs = 8_000;

/** The tests of a family: one an attack, in the order of the table, and one for what the audit log has of them all. */
export function describeAttacks<G extends Ground>({ family, atLeast, enter, attacks }: Family<G>): void {
  describe(`${family}: refused, changes nothing:`, () => {
    let ground: G;
    let before: Fingerprint;
    let since: string;
    const expected = new ExpectedEntries();

    beforeAll(async () => {
      ground = await enter();
      await fewAtATime(attacks, async (attack) => attack.prepare?.(ground));
      before = await quietFingerprint(ground.world.sql);
      since = await timeOf(ground.world.sql);
    });
    afterAll(() => ground?.[Symbol.asyncDispose]());

    test.each(attacks.map((attack) => [attack.title, attack] as const))("%s", async (title, attack) => {
      const sent = await attack.send(ground);
      const answers: readonly Answered[] = Array.isArray(sent) ? sent : [sent];
      const after = await fingerprint(ground.world.sql);
      const changed = changedTables(before, after);
      // Before anything can fail: the next attack is not to answer for this one.
      before = after;
      expect(answers.length).toBeGreaterThan(0);
      const [status, code] = attack.refusal;
      expect(answers.map((answer) => [answer.status, answer.code])).toEqual(
        answers.map(() => [status, code]),
      );
      expect(changed.filter((table) => !(attack.writes ?? []).includes(table))).toEqual([]);
      if (!("not" in attack.audited)) {
        const entries = [attack.audited(ground)].flat();
        for (const entry of entries)
          expected.add({ outcome: code, ...entry }, entry.times ?? answers.length, title);
      }
    });

    test("nothing changes later either, and all of it is in the audit log", async () => {
      const { sql } = ground.world;
      let missing: string[] = [];
      await until(
        "the audit log to have every attack",
        async () => {
          missing = await expected.missing(sql, since);
          return missing.length === 0;
        },
        auditDeadlineMs,
      ).catch(() => undefined);
      expect(missing).toEqual([]);
      expect(changedTables(before, await quietFingerprint(sql))).toEqual([]);
    });
  });

  test(`${family}: at least ${atLeast} attacks, no two of a name`, () => {
    expect(new Set(attacks.map(({ title }) => title)).size).toBe(attacks.length);
    expect(attacks.length).toBeGreaterThanOrEqual(atLeast);
  });
}
