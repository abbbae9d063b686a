/** Tells the person at the terminal of an unreadable state file: a log entry, as the services write them. */
export function warnUnreadable(line: string): void {
  console.error(
    JSON.stringify({
      level: "warn",
      time: Temporal.Now.instant().toString({ smallestUnit: "millisecond" }),
      msg: line,
    }),
  );
}
