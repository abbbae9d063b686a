import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

/** One record as it stands. */
export type KeptRecord = {
  readonly id: string;
  /** Another one (by `Object.is`) whenever the record has changed. */
  readonly version: unknown;
  /** What is written of it: JSON. */
  readonly value: () => unknown;
};

/** Records of one kind, in a program's memory. */
export type KeptTable = {
  readonly name: string;
  /** Those there are, oldest first. */
  readonly records: () => Iterable<KeptRecord>;
  /** Takes back in what `value` gave. @throws when it is something else. */
  readonly restore: (value: unknown) => void;
};

export type JournalOptions = {
  readonly path: string;
  /** Whose state it is; a file of another owner, or of another layout, is not read. */
  readonly owner: string;
  /** Restored and written in this order: what others refer to first. */
  readonly tables: readonly KeptTable[];
  /** Empties the tables again when restoring has failed half-way. */
  readonly clear: () => void;
  /** Told in one line of a file that could not be read. */
  readonly onUnreadable: (line: string) => void;
  /** Between two looks at what has changed. Default 1,000. */
  readonly intervalMs?: number;
  /** What may be added before the file is written anew. Default 64 MiB. */
  readonly maxAddedBytes?: number;
};

const lineSchema = z.tuple([z.string(), z.string(), z.unknown()]);
const recordsAtOnce = 200;
/** Looking through all records may take this share of the time at most. */
const longestShare = 0.02;

type Line = readonly [table: string, id: string, value: unknown];
type Versions = Map<string, Map<string, unknown>>;

class Journal implements AsyncDisposable {
  readonly #options: JournalOptions;
  #file: FileHandle;
  #written: Versions = new Map();
  #addedBytes = 0;
  /** Writing failed: the file may end in half a line, and nobody knows what of the rest is there. */
  #isDamaged = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: JournalOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
  }

  /** Writes everything to a new file beside the present one, which it then replaces. */
  async rewrite(): Promise<void> {
    const { path, owner } = this.#options;
    const file = await open(`${path}.new`, "w", 0o600);
    this.#written = new Map();
    try {
      await file.appendFile(headerOf(owner));
      await this.#append(file);
      await rename(`${path}.new`, path);
    } catch (error) {
      await file.close();
      throw error;
    }
    await this.#file.close();
    this.#file = file;
    this.#addedBytes = 0;
    this.#isDamaged = false;
  }

  schedule(): void {
    const { intervalMs = 1_000 } = this.#options;
    const next = (waitMs: number): void => {
      this.#timer = setTimeout(() => {
        const startedAt = performance.now();
        this.#writing = this.#write();
        void this.#writing.then(() =>
          next(Math.max(intervalMs, (performance.now() - startedAt) / longestShare)),
        );
      }, waitMs).unref();
    };
    next(intervalMs);
  }

  async #write(): Promise<void> {
    const { maxAddedBytes = 64 * 2 ** 20 } = this.#options;
    try {
      if (this.#isDamaged || this.#addedBytes > maxAddedBytes) await this.rewrite();
      else await this.#append(this.#file);
    } catch {
      // A full disk, say: the state lives on in memory, and the next look tries again.
      this.#isDamaged = true;
    }
  }

  async #append(file: FileHandle): Promise<void> {
    const lines = this.#changes();
    for (let from = 0; from < lines.length; from += recordsAtOnce) {
      const text = lines
        .slice(from, from + recordsAtOnce)
        .map((line) => `${JSON.stringify(line())}\n`)
        .join("");
      await file.appendFile(text);
      this.#addedBytes += Buffer.byteLength(text);
    }
  }

  /** What differs from the file, as lines still to be made: making them takes longer than finding them. */
  #changes(): (() => Line)[] {
    const lines: (() => Line)[] = [];
    for (const { name, records } of this.#options.tables) {
      const before = this.#written.get(name) ?? new Map<string, unknown>();
      const now = new Map<string, unknown>();
      for (const { id, version, value } of records()) {
        now.set(id, version);
        if (!before.has(id) || !Object.is(before.get(id), version)) lines.push(() => [name, id, value()]);
      }
      for (const id of before.keys()) if (!now.has(id)) lines.push(() => [name, id, null]);
      this.#written.set(name, now);
    }
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    // What was under way has set the next one.
    clearTimeout(this.#timer);
    await this.#write();
    await this.#file.close();
  }
}

function headerOf(owner: string): string {
  return `${JSON.stringify({ owner, layout: 1 })}\n`;
}

/** The newest value of each record, oldest record first; undefined where there is no file. @throws when it is unreadable */
async function readRecords(path: string, owner: string): Promise<Map<string, Line> | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  await file.close();
  const found = new Map<string, Line>();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  let isFirst = true;
  // A line is taken in once another follows it: the last may have been cut off by a kill.
  let held: string | undefined;
  for await (const line of lines) {
    if (held !== undefined) takeIn(held);
    held = isFirst ? undefined : line;
    if (isFirst && `${line}\n` !== headerOf(owner)) throw new Error("its first line is another's");
    isFirst = false;
  }
  if (held !== undefined && isJson(held)) takeIn(held);
  if (isFirst) throw new Error("it is empty");
  return found;

  function takeIn(text: string): void {
    const [table, id, value] = lineSchema.parse(JSON.parse(text));
    if (value === null) found.delete(`${table} ${id}`);
    else found.set(`${table} ${id}`, [table, id, value]);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function restore({ path, owner, tables, clear, onUnreadable }: JournalOptions): Promise<void> {
  try {
    const lines = [...((await readRecords(path, owner))?.values() ?? [])];
    for (const table of tables) {
      for (const [name, , value] of lines) if (name === table.name) table.restore(value);
    }
  } catch (error) {
    clear();
    await rename(path, `${path}.unreadable`);
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    onUnreadable(`${path} cannot be read (${reason}): kept as ${path}.unreadable, and started empty.`);
  }
}

/**
 * Keeps a program's tables in a file from one start to the next. What the file holds is restored first; from then on
 * changes are added once a second, by comparing versions and never while a request is served, and once more on disposal:
 * a kill loses the last second. An unreadable file is put aside and the tables start empty.
 *
 * @throws when the file cannot be written.
 */
export async function keepInJournal(options: JournalOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(options.path), { recursive: true });
  await restore(options);
  const journal = new Journal(options, await open(options.path, "a", 0o600));
  await journal.rewrite();
  journal.schedule();
  return journal;
}
