import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const defaultMaxBytes = 16 * 2 ** 20;

/** A file that lines are added to. */
export type LogFile = { write(line: string): void; [Symbol.dispose](): void };

/**
 * A log file of bounded size: what an earlier run left, and what is full, moves to `<name>.previous`, of which one is kept.
 * Lines are on disk when `write` returns, so that a killed process's last words are there.
 */
export function openLogFile(path: string, maxBytes = defaultMaxBytes): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  const moveAway = (): void => {
    try {
      renameSync(path, `${path}.previous`);
    } catch {
      // There was none.
    }
  };
  const open = (): number => openSync(path, "w", 0o600);
  moveAway();
  let file: number | undefined = open();
  let bytes = 0;
  return {
    write(line) {
      if (file === undefined) return;
      if (bytes >= maxBytes) {
        closeSync(file);
        moveAway();
        file = open();
        bytes = 0;
      }
      bytes += writeSync(file, `${line}\n`);
    },
    [Symbol.dispose]() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
