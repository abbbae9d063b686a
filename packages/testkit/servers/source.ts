import { findProgram, installMissing, type Program } from "./programs.ts";
import { ServerUnavailableError } from "./handle.ts";

/** Which ways `HOLDFAST_SERVERS` leaves open: `containers` forces them, `local` forbids them. */
export type AllowedSources = "any" | "local" | "containers";

/** Reads `HOLDFAST_SERVERS`. @throws ServerUnavailableError when it says something else. */
export function allowedSources(): AllowedSources {
  const value = process.env["HOLDFAST_SERVERS"] ?? "";
  if (value === "" || value === "any") return "any";
  if (value === "local" || value === "containers") return value;
  throw new ServerUnavailableError(
    `HOLDFAST_SERVERS is "${value}": it may be "containers", "local", or absent.`,
  );
}

/** The URL a server was given by in the environment. */
export function urlFromEnvironment(name: "POSTGRES" | "NATS" | "REDIS"): URL | undefined {
  const value = process.env[`HOLDFAST_${name}_URL`];
  if (value === undefined || value === "") return undefined;
  if (!URL.canParse(value)) throw new ServerUnavailableError(`HOLDFAST_${name}_URL is not a URL.`);
  return new URL(value);
}

/** The program to run here, installed first if need be; undefined when only a container can serve. */
export async function findOrInstall(
  program: Program,
  onProgress: (line: string) => void,
): Promise<string | undefined> {
  await installMissing([program], onProgress);
  return await findProgram(program);
}

/** What to tell the person on whose machine nothing works. */
export function nowhereToRun(name: string, program: string, urlVariable: string): ServerUnavailableError {
  return new ServerUnavailableError(
    `No ${name} to run: give one by its URL in ${urlVariable}, install ${program} (apt and brew have it), or start Docker.`,
  );
}
