/** What a run cost Postgres and the processes: transactions, WAL, CPU time. */
import { readdir, readFile } from "node:fs/promises";
import { platformServices } from "@holdfast/testkit/platform/platform-ports";
import pg from "pg";

export interface PostgresCounters {
  readonly transactions: number;
  readonly walBytes: number;
}

/** Backends report what they did within a second; until two readings agree, some have not yet. */
const readings = { mostTimes: 10, everyMs: 500 };

/** Transactions committed in the platform's database, and bytes of WAL written, since the server began. */
export async function readPostgresCounters(adminUrl: string): Promise<PostgresCounters> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    let counters = await readOnce(client);
    for (let i = 0; i < readings.mostTimes; i++) {
      await new Promise((resolve) => setTimeout(resolve, readings.everyMs));
      const again = await readOnce(client);
      // Sweeps commit a few transactions a second for ever.
      if (again.transactions - counters.transactions < 20) return counters;
      counters = again;
    }
    return counters;
  } finally {
    await client.end();
  }
}

async function readOnce(client: pg.Client): Promise<PostgresCounters> {
  const { rows } = await client.query<{ transactions: string; wal: string }>(
    `select (select sum(xact_commit) from pg_stat_database where datname = current_database()) as transactions,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal`,
  );
  return { transactions: Number(rows[0]?.transactions ?? 0), walBytes: Number(rows[0]?.wal ?? 0) };
}

const ticksPerSecond = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly name: string;
}

/** A service or stand-in by its bundle's name, else the program's. */
function roleOf(commandLine: string): string {
  const ours = /programs\/\w+\/(\w+)\.mjs/.exec(commandLine)?.[1];
  if (ours !== undefined) return platformServices.some((name) => name === ours) ? ours : `${ours} stand-in`;
  return /nats-server|redis-server|postgres|nginx/.exec(commandLine)?.[0] ?? "other";
}

async function readProcess(pid: number): Promise<ProcessStat | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    return { pid, parent: Number(fields[1]), cpuSeconds, name: roleOf(commandLine.replaceAll("\0", " ")) };
  } catch {
    // It ended between being listed and being read, or this system has no /proc.
    return undefined;
  }
}

/** CPU seconds used so far by this process (`load`) and by everything it started, by role. Empty without /proc. */
export async function readCpu(): Promise<Map<string, number>> {
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter(Number.isInteger);
  const all = (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined);
  const ours = new Set([process.pid]);
  for (let grew = true; grew;) {
    const before = ours.size;
    for (const one of all) if (ours.has(one.parent)) ours.add(one.pid);
    grew = ours.size > before;
  }
  const byRole = new Map<string, number>();
  for (const one of all) {
    if (!ours.has(one.pid)) continue;
    const role = one.pid === process.pid ? "load" : one.name;
    byRole.set(role, (byRole.get(role) ?? 0) + one.cpuSeconds);
  }
  return byRole;
}

/** What was used between two readings, in CPU milliseconds for each of `count` things done, largest first. */
export function cpuPerThing(
  before: Map<string, number>,
  after: Map<string, number>,
  count: number,
): [string, number][] {
  return [...after]
    .map(([role, seconds]): [string, number] => [role, ((seconds - (before.get(role) ?? 0)) * 1000) / count])
    .filter(([, ms]) => ms > 0.001)
    .toSorted((a, b) => b[1] - a[1]);
}
