/**
 * A service once more, on the servers that the files share, as another of its replicas would be, told something else: in
 * this process, which is started already.
 */
import type { RunningService } from "@holdfast/chassis/run";
import { readConfig as readAuth } from "../services/auth/config.ts";
import { startAuth } from "../services/auth/service.ts";
import { readConfig as readBooking } from "../services/booking/config.ts";
import { startBooking } from "../services/booking/service.ts";
import { readConfig as readGateway } from "../services/gateway/config.ts";
import { startGateway } from "../services/gateway/service.ts";
import type { Place, StartedAgain } from "./place.ts";

type Environment = Readonly<Record<string, string>>;

const starts: Readonly<Record<StartedAgain, (environment: Environment) => Promise<RunningService>>> = {
  auth: (environment) => startAuth(readAuth(environment)),
  booking: (environment) => startBooking(readBooking(environment)),
  gateway: (environment) => startGateway(readGateway(environment)),
};

/** Starts it on a free port, with these settings in place of its own. */
export async function startAgain(
  service: StartedAgain,
  { environments }: Place,
  settings: Environment,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const running = await starts[service]({ ...environments[service], LOG_LEVEL: "fatal", ...settings });
  return {
    url: `http://127.0.0.1:${running.port}`,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
