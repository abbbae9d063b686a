/** docker-compose.yml as compose reads it: merged, and with `.env` in it. */
import { parse } from "yaml";
import { z } from "zod";
import { repositoryFile } from "./deployed-services.fixture.ts";

const strings = z.record(z.string(), z.string());

const composeService = z.looseObject({
  image: z.string(),
  build: z.looseObject({ target: z.string(), args: strings.optional() }).optional(),
  profiles: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default(["default"]),
  environment: strings.default({}),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  command: z.array(z.string()).default([]),
  restart: z.string().optional(),
  user: z.string().optional(),
  stop_grace_period: z.string().optional(),
});

const composeFile = z.looseObject({
  services: z.record(z.string(), composeService),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.looseObject({ internal: z.boolean().optional() })),
});

export type ComposeFile = z.infer<typeof composeFile>;

const text = repositoryFile("docker-compose.yml");
const variable = /\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g;

/** Every variable the file reads, and whether compose refuses to start without it. */
export function composeVariables(): { name: string; required: boolean }[] {
  return [...text.matchAll(variable)].map(([, name = "", how]) => ({ name, required: how === "?" }));
}

/** Name and value of each line of a `.env`. */
export function parseEnvironment(file: string): Record<string, string> {
  return Object.fromEntries(
    [...file.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** Compose fills variables into the values it has read, so what they hold is never YAML. */
function fill(value: unknown, environment: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(
      variable,
      (_, name: string, how: string | undefined, word: string | undefined) => {
        const given = environment[name] ?? "";
        if (given !== "") return given;
        if (how === "?") throw new Error(`${name}: ${word}`);
        return word ?? "";
      },
    );
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, environment));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, environment)]));
}

/** @throws where a required variable is empty, as compose does */
export function readCompose(environment: Readonly<Record<string, string>>): ComposeFile {
  return composeFile.parse(fill(parse(text, { merge: true }), environment));
}
