import { spawn } from "node:child_process";
import { Socket } from "node:net";

// Reads the pid to watch from its input, line by line, until the input ends, which it does however the starter dies.
// $1 the signal that stops the server, $2 a folder to remove afterwards (may be empty).
const script = `
pid=0
while read -r line; do pid=$line; done
if [ "$pid" -gt 0 ]; then
  kill -s "$1" "$pid" 2>/dev/null
  turn=0
  while [ "$turn" -lt 100 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; turn=$((turn + 1)); done
  kill -s KILL "$pid" 2>/dev/null
fi
if [ -n "$2" ]; then rm -rf -- "$2"; fi
`;

/** Stops a server whose starter has died, `kill -9` included, and removes its temporary folder. */
export type Watchdog = {
  /** The server runs as this process from now on; 0 when it does not run. */
  watch(pid: number): void;
  /** Nothing is left to watch: the starter has cleaned up itself. */
  release(): void;
};

/** Starts a watchdog: one small shell a server, outside the starter's process group so that Ctrl-C does not reach it. */
export function startWatchdog(options: {
  stopSignal: NodeJS.Signals;
  temporaryFolder?: string | undefined;
}): Watchdog {
  const shell = spawn(
    "sh",
    [
      "-c",
      script,
      "holdfast-watchdog",
      options.stopSignal.slice("SIG".length),
      options.temporaryFolder ?? "",
    ],
    {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
    },
  );
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  // A watchdog someone killed is no reason to fail the server it watched.
  shell.stdin.on("error", () => undefined);
  shell.on("error", () => undefined);
  return {
    watch: (pid) => void shell.stdin.write(`${pid}\n`),
    release: () => void shell.stdin.end("0\n"),
  };
}
