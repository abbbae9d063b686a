import { join } from "node:path";
import type { BundledPrograms } from "./bundled-programs.ts";
import { openLogFile } from "./log-file.ts";
import type { PlatformOptions } from "./start-platform.ts";
import { type PlatformService, type StandInName, standIns } from "./platform-ports.ts";
import { serviceEnvironment, standInEnvironment, type Surroundings, urlOf } from "./service-environment.ts";
import { type ProcessOptions, type SupervisedProcess, supervise } from "./supervised-process.ts";
import { drawFreePort } from "../servers/ports.ts";

const standInHealth: Readonly<Record<StandInName, string>> = {
  stripe: "/_stand-in/health",
  openid: "/.well-known/openid-configuration",
  mail: "/count",
};

/** Who calls what stands in. */
const callers: Readonly<Record<StandInName, PlatformService>> = {
  stripe: "payment",
  openid: "auth",
  mail: "notification",
};

/** What every process of one platform has in common; the log files are closed with `resources`. */
export type ProcessSetting = {
  readonly options: Pick<PlatformOptions, "onLog" | "onIncident" | "nodeFlags" | "environment">;
  readonly programs: BundledPrograms;
  readonly logsDir: string;
  readonly resources: AsyncDisposableStack;
};

function machineEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR"].map((name) => [name, process.env[name] ?? ""] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== ""));
}

function createProcess(
  { options, programs, logsDir, resources }: ProcessSetting,
  process: Omit<ProcessOptions, "onLine" | "onIncident">,
): SupervisedProcess {
  const { name } = process;
  const log = resources.use(openLogFile(join(logsDir, `${name}.log`)));
  return supervise({
    ...process,
    nodeFlags: [...programs.nodeFlags, ...(process.nodeFlags ?? [])],
    environment: { ...machineEnvironment(), ...programs.environment, ...process.environment },
    onLine: (line) => {
      log.write(line);
      options.onLog?.(name, line);
    },
    onIncident: (sentence) => options.onIncident?.(sentence),
  });
}

/** The processes of the stand-ins that these services call, not started yet. */
export function createStandIns(
  setting: ProcessSetting,
  services: readonly PlatformService[],
  surroundings: Parameters<typeof standInEnvironment>[1],
): SupervisedProcess[] {
  const called = standIns.filter((name) => services.includes(callers[name]));
  return called.map((name) =>
    createProcess(setting, {
      name,
      file: setting.programs.fileOf(name),
      environment: standInEnvironment(name, surroundings),
      readyUrl: urlOf(surroundings.ports[name]) + standInHealth[name],
      announcesReady: false,
    }),
  );
}

/** A service's processes, as many as it has replicas, not started yet. */
export async function createReplicas(
  setting: ProcessSetting,
  surroundings: Surroundings,
  service: PlatformService,
  replicas: number,
): Promise<SupervisedProcess[]> {
  const processes: SupervisedProcess[] = [];
  for (let replica = 0; replica < replicas; replica += 1) {
    const port = replica === 0 ? surroundings.ports[service] : await drawFreePort();
    processes.push(
      createProcess(setting, {
        name: replica === 0 ? service : `${service}-${replica + 1}`,
        file: setting.programs.fileOf(service),
        nodeFlags: setting.options.nodeFlags ?? [],
        environment: {
          ...serviceEnvironment(service, surroundings),
          PORT: String(port),
          ...setting.options.environment?.[service],
        },
        readyUrl: `${urlOf(port)}/readyz`,
        announcesReady: true,
      }),
    );
  }
  return processes;
}
