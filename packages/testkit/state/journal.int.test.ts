import { mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type JournalOptions, keepInJournal, type KeptTable } from "./journal.ts";

const noteSchema = z.object({ id: z.string(), text: z.string() });
type Note = z.infer<typeof noteSchema>;

/** Notes in memory; a changed one is another object. */
function notebook(): { notes: Map<string, Note>; table: KeptTable } {
  const notes = new Map<string, Note>();
  const table: KeptTable = {
    name: "note",
    records: () => [...notes].map(([id, note]) => ({ id, version: note, value: () => note })),
    restore: (value) => {
      const note = noteSchema.parse(value);
      notes.set(note.id, note);
    },
  };
  return { notes, table };
}

async function openNotes(path: string, options: Partial<JournalOptions> = {}) {
  const { notes, table } = notebook();
  const said: string[] = [];
  const journal = await keepInJournal({
    path,
    owner: "notes",
    tables: [table],
    clear: () => notes.clear(),
    onUnreadable: (line) => said.push(line),
    intervalMs: 5,
    ...options,
  });
  const put = (id: string, text: string): void => void notes.set(id, { id, text });
  return { notes, said, put, journal, texts: () => [...notes.values()].map(({ text }) => text) };
}

async function folder() {
  const made = await mkdtempDisposable(join(tmpdir(), "holdfast-journal-"));
  return { file: join(made.path, "new", "notes.jsonl"), [Symbol.asyncDispose]: () => made.remove() };
}

async function eventually(assertion: () => Promise<void>): Promise<void> {
  await vi.waitFor(assertion, { timeout: 5_000, interval: 5 });
}

describe("a journal", () => {
  test("gives back after an orderly end what was last there, oldest first, and nothing that was removed", async () => {
    await using at = await folder();
    const first = await openNotes(at.file, { intervalMs: 60_000 });
    first.put("a", "one");
    first.put("b", "two");
    first.put("c", "three");
    await first.journal[Symbol.asyncDispose]();
    const second = await openNotes(at.file, { intervalMs: 60_000 });
    expect(second.texts()).toEqual(["one", "two", "three"]);
    second.put("a", "one, changed");
    second.notes.delete("b");
    await second.journal[Symbol.asyncDispose]();
    const third = await openNotes(at.file);
    await using _ = third.journal;
    expect(third.texts()).toEqual(["one, changed", "three"]);
    expect(third.said).toEqual([]);
  });

  test("has written within its interval what a kill would otherwise lose", async () => {
    await using at = await folder();
    const killed = await openNotes(at.file);
    await using _ = killed.journal;
    killed.put("a", "one");
    await eventually(async () => expect(await readFile(at.file, "utf8")).toContain('"one"'));
    killed.put("a", "two");
    await eventually(async () => expect(await readFile(at.file, "utf8")).toContain('"two"'));
    const next = await openNotes(at.file, { intervalMs: 60_000 });
    await using __ = next.journal;
    expect(next.texts()).toEqual(["two"]);
  });

  test("reads a file whose last line was cut off, without that line", async () => {
    await using at = await folder();
    const killed = await openNotes(at.file, { intervalMs: 60_000 });
    killed.put("a", "one");
    killed.put("b", "two");
    await killed.journal[Symbol.asyncDispose]();
    await writeFile(at.file, (await readFile(at.file, "utf8")).slice(0, -9));
    const next = await openNotes(at.file);
    await using _ = next.journal;
    expect(next.texts()).toEqual(["one"]);
    expect(next.said).toEqual([]);
  });

  test.for([
    ["damaged", '{"owner":"notes","layout":1}\n["note","a",{"id":"a","text":"one"}]\n!\n["note"]\n'],
    ["another owner's", '{"owner":"mails","layout":1}\n["note","a",{"id":"a","text":"one"}]\n'],
    [
      "of other records",
      '{"owner":"notes","layout":1}\n["note","a",{"id":"a","text":"one"}]\n["note","b",1]\n',
    ],
    ["empty", ""],
  ] as const)("puts a file that is %s aside, says so in one line and starts empty", async ([, text]) => {
    await using at = await folder();
    await (await openNotes(at.file)).journal[Symbol.asyncDispose]();
    await writeFile(at.file, text);
    const next = await openNotes(at.file);
    await using _ = next.journal;
    expect(next.texts()).toEqual([]);
    expect(next.said).toHaveLength(1);
    expect(next.said[0]).toContain(at.file);
    expect(next.said[0]).not.toContain("\n");
    expect(await readFile(`${at.file}.unreadable`, "utf8")).toBe(text);
  });

  test("writes a record again only when it has changed", async () => {
    await using at = await folder();
    let version = 0;
    const unchanged = vi.fn<() => unknown>(() => ({}));
    const table: KeptTable = {
      name: "note",
      records: () => [
        { id: "a", version: 1, value: unchanged },
        { id: "b", version, value: () => version },
      ],
      restore: () => undefined,
    };
    const { journal } = await openNotes(at.file, { tables: [table] });
    await using _ = journal;
    for (version = 1; version <= 5; version += 1) {
      await eventually(async () => expect(await readFile(at.file, "utf8")).toContain(`"b",${version}]`));
    }
    expect(unchanged).toHaveBeenCalledTimes(1);
  });

  test("starts the file anew once enough was added to it", async () => {
    await using at = await folder();
    const { journal, put } = await openNotes(at.file, { maxAddedBytes: 1_000 });
    await using _ = journal;
    for (let change = 0; change < 40; change += 1) {
      put("a", `${change} ${"x".repeat(100)}`);
      await eventually(async () => expect(await readFile(at.file, "utf8")).toContain(`"${change} x`));
    }
    expect((await stat(at.file)).size).toBeLessThan(2_500);
  });
});
