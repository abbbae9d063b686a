/**
 * What it costs a hold that each guest's are counted and bounded: the booking service's own batches with the limit and
 * its index, and without either, on databases that differ in nothing else, in turns. Only the ratios mean anything.
 */
import { newId, type Id } from "@holdfast/contracts/ids";
import { startPostgres } from "@holdfast/testkit/servers/postgres";
import pg from "pg";
import { hold, median, openStored, timed, type Stored } from "./hold-cost.ts";

const allocations = 10_000;
const limit = 20;
const batchSize = 32;
const batches = 10;
const oneByOne = 40;
/** Guests come back so often before others come: their count is not always none. */
const holdsOfGuest = 8;

/** What a hold costs with the limit, in ms, and how much that is of what it costs without. */
export interface HoldLimitCost {
  readonly aloneMs: number;
  readonly inBatchMs: number;
  /** Medians of the rounds' ratios, each to the round beside it. */
  readonly aloneRatio: number;
  readonly inBatchRatio: number;
}

/** Every guest of a batch is another one; as many batches as a guest holds have the same. */
function guestsInTurn(): () => Id<"usr"> {
  let guests: Id<"usr">[] = [];
  let asked = 0;
  return () => {
    if (asked % (batchSize * holdsOfGuest) === 0)
      guests = Array.from({ length: batchSize }, () => newId("usr"));
    const guest = guests[asked % batchSize]!;
    asked += 1;
    return guest;
  };
}

interface Side {
  readonly stored: Pick<Stored, "deps" | "resourceIds">;
  readonly guestOf: () => Id<"usr">;
}

async function round({ stored, guestOf }: Side): Promise<{ aloneMs: number; inBatchMs: number }> {
  const alone = await timed(async () => {
    for (let count = 0; count < oneByOne; count++) await hold(stored, 1, guestOf);
  });
  const inBatch = await timed(async () => {
    for (let count = 0; count < batches; count++) await hold(stored, batchSize, guestOf);
  });
  return { aloneMs: alone / oneByOne, inBatchMs: inBatch / (batches * batchSize) };
}

/** Measures in so many rounds; the first warms up and does not count. */
export async function measureHoldLimit(
  of: { readonly rounds: number },
  say: (line: string) => void,
): Promise<HoldLimitCost> {
  await using owned = new AsyncDisposableStack();
  const postgres = owned.use(await startPostgres({ onProgress: say }));
  const limited = await postgres.createDatabase("bench_limit_on");
  const free = await postgres.createDatabase("bench_limit_off");
  const [on, off] = [
    owned.use(await openStored(limited, allocations)),
    owned.use(await openStored(free, allocations)),
  ];
  const admin = new pg.Client({ connectionString: free.adminUrl });
  await admin.connect();
  try {
    await admin.query("drop index booking.bookings_held_of_customer");
  } finally {
    await admin.end();
  }
  const withLimit = {
    stored: { ...on, deps: { ...on.deps, holdsPerGuest: limit } },
    guestOf: guestsInTurn(),
  };
  const without = { stored: off, guestOf: guestsInTurn() };
  const rounds: { aloneMs: number; inBatchMs: number; aloneRatio: number; inBatchRatio: number }[] = [];
  for (let count = 0; count <= of.rounds; count++) {
    const isTurned = count % 2 === 1;
    const first = await round(isTurned ? without : withLimit);
    const second = await round(isTurned ? withLimit : without);
    const [held, base] = isTurned ? [second, first] : [first, second];
    if (count === 0) continue;
    rounds.push({
      ...held,
      aloneRatio: held.aloneMs / base.aloneMs,
      inBatchRatio: held.inBatchMs / base.inBatchMs,
    });
  }
  const medianOf = (name: keyof HoldLimitCost) => median(rounds.map((one) => one[name]));
  return {
    aloneMs: medianOf("aloneMs"),
    inBatchMs: medianOf("inBatchMs"),
    aloneRatio: medianOf("aloneRatio"),
    inBatchRatio: medianOf("inBatchRatio"),
  };
}
