import { inspect, styleText } from "node:util";
import { z } from "zod";

const nameWidth = 12;

const entrySchema = z.looseObject({
  level: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]),
  time: z.string(),
  msg: z.string().default(""),
  err: z.looseObject({ stack: z.string().optional(), message: z.string().optional() }).optional(),
});
type Entry = z.infer<typeof entrySchema>;
type Style = Parameters<typeof styleText>[0];

export type LogLevel = Entry["level"];

const severity: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
};

const levelStyles: Readonly<Record<LogLevel, Style>> = {
  trace: "gray",
  debug: "gray",
  info: "green",
  warn: "yellow",
  error: "red",
  fatal: "red",
};

const shownApart = new Set(["level", "time", "msg", "err", "name", "pid", "hostname"]);

function readEntry(line: string): Entry | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function showMember([name, value]: [string, unknown]): string {
  const shown = typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 3 });
  return `${name}=${shown.includes("\n") ? JSON.stringify(shown) : shown}`;
}

/** What went wrong is told in full; what merely had to wait in a line. */
function errorLines({ level, err }: Entry): string[] {
  const text = severity[level] >= severity.error ? (err?.stack ?? err?.message) : err?.message;
  return text?.split("\n") ?? [];
}

/** Whether a process's line is worth at least this level; a line that is no log entry (a crash, a warning) always is. */
export function isAtLeast(line: string, level: LogLevel): boolean {
  const entry = readEntry(line);
  return entry === undefined || severity[entry.level] >= severity[level];
}

/**
 * One line of a process's output for the person at the terminal: `booking  | 12:01:02.123 info  ready port=8083`, time in
 * UTC, what is wrong on lines of its own. A line that is no log entry is shown as it is.
 */
export function formatLogLine(name: string, line: string, options: { colours: boolean }): string {
  const paint = (style: Style, text: string): string =>
    options.colours ? styleText(style, text, { validateStream: false }) : text;
  const prefix = paint("cyan", `${name.padEnd(nameWidth)} | `);
  const entry = readEntry(line);
  if (entry === undefined) return prefix + line;
  const members = Object.entries(entry).filter(([member]) => !shownApart.has(member));
  const head = [
    paint("gray", /T([\d:.]+)/.exec(entry.time)?.[1] ?? entry.time),
    paint(levelStyles[entry.level], entry.level.padEnd(5)),
    entry.msg,
    ...members.map((member) => paint("gray", showMember(member))),
  ].join(" ");
  return [head, ...errorLines(entry)].map((text) => prefix + text).join("\n");
}
