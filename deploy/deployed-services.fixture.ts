/** What the tests of every way to deploy know of the code: each service's configuration, and what its image brings. */
import { readFileSync } from "node:fs";
import * as auth from "@holdfast/auth/config";
import * as booking from "@holdfast/booking/config";
import * as catalog from "@holdfast/catalog/config";
import * as gateway from "@holdfast/gateway/config";
import * as notification from "@holdfast/notification/config";
import * as payment from "@holdfast/payment/config";

type Environment = Readonly<Record<string, string>>;

interface DeployedService {
  readonly configSchema: { readonly shape: Readonly<Record<string, unknown>> };
  readonly readConfig: (env: NodeJS.ProcessEnv) => { readonly HOST: string; readonly PORT: number };
}

export const deployedServices: Readonly<Record<string, DeployedService>> = {
  gateway,
  auth,
  catalog,
  booking,
  payment,
  notification,
};

/** The longest a service takes to stop; chassis/run ends it then. */
export const drainSeconds = 10;

/** A file's text, by its path from the repository's root. */
export function repositoryFile(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

/** The Dockerfile with continued lines joined. */
export const dockerfile = repositoryFile("Dockerfile").replaceAll(/\\\n\s*/g, "");

/** The instructions of one stage. */
export function dockerStage(name: string): string[] {
  const stage = dockerfile.split(/^FROM /m).find((text) => text.split("\n")[0]?.endsWith(` AS ${name}`));
  return (stage ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** What a service's image sets. */
export const imageEnvironment: Environment = Object.fromEntries(
  dockerStage("service")
    .filter((line) => line.startsWith("ENV "))
    .flatMap((line) => line.slice("ENV ".length).split(" "))
    .map((pair) => pair.split("=") as [string, string]),
);

/** Variables that no setting of this service bears; a misspelt one would be ignored in silence. */
export function unknownVariables(service: string, given: Environment): string[] {
  const known = Object.keys(deployedServices[service]?.configSchema.shape ?? {});
  return Object.keys(given).filter((name) => !known.includes(name));
}
