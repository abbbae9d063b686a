/** Reads the documents: their code, links and tables, so that tests can hold them to the repository. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's folder. */
export const root = join(import.meta.dirname, "..");

/** A document: its path from the repository's folder, and its text. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A table: its headings, and its rows cell by cell. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function readDocument(path: string): Document {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

/** Every document written by hand. */
export function allDocuments(): Document[] {
  return globSync(["*.md", "docs/**/*.md", "deploy/**/*.md"], { cwd: root }).toSorted().map(readDocument);
}

const fence = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Fenced blocks with their language. */
export function fences(text: string): { language: string; body: string }[] {
  return [...text.matchAll(fence)].map(([, language = "", body = ""]) => ({ language, body }));
}

/** What stands between backticks outside fenced blocks. */
export function codeSpans(text: string): string[] {
  return [...text.replaceAll(fence, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** Targets of links that stay in the repository. */
export function relativeLinks(text: string): string[] {
  return [...text.replaceAll(fence, "").matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Headings as the anchors that links to them use. */
export function anchors(text: string): string[] {
  return [...text.replaceAll(fence, "").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const cells = (line: string) =>
  line
    .slice(1, line.lastIndexOf("|"))
    .split("|")
    .map((cell) => cell.trim());

/** Every table, in order. */
function tables(text: string): Table[] {
  return [...text.replaceAll(fence, "").matchAll(/^\|.*\|\n\|[-| ]+\|\n(?:\|.*\|(?:\n|$))*/gm)].map(
    ([block]) => {
      const [head = "", , ...rows] = block.trim().split("\n");
      return { headings: cells(head), rows: rows.map(cells) };
    },
  );
}

/** The one table whose first heading is this; throws where there is none, or more than one. */
export function tableOf(text: string, firstHeading: string): Table {
  const found = tables(text).filter(({ headings }) => headings[0] === firstHeading);
  if (found.length !== 1) throw new Error(`${found.length} tables begin with the heading "${firstHeading}"`);
  return found[0]!;
}

/** A cell without its backticks. */
export function plain(cell: string | undefined): string {
  return (cell ?? "").replaceAll("`", "");
}
