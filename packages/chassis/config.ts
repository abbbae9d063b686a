/** Configuration comes from the environment, is checked once at the start, and every mistake is named at once. */
import { z } from "zod";

const secretShapes = new WeakSet<z.ZodType>();

/** A value that is never printed, whatever is wrong with it. */
export function secret(shape: z.ZodString = z.string().min(1)): z.ZodString {
  const marked = shape.meta({ ...shape.meta(), secret: true });
  secretShapes.add(marked);
  return marked;
}

const port = z.coerce.number().int().min(0).max(65_535);
const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });

/** Where a service is reached: its instances, separated by commas. */
export const instances = z
  .string()
  .transform((text) => text.split(",").map((address) => address.trim()))
  .pipe(z.array(z.url({ protocol: /^https?$/, error: "must be http or https URLs" })).min(1));

/** What every process has. */
export const baseConfig = {
  HOLDFAST_ENV: z.enum(["development", "production", "test"]).default("development"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  /** Whether business time can be moved; refused in production. */
  TEST_CLOCK: z.enum(["on", "off"]).default("off"),
  /** Where traces go (OTLP over HTTP); unset: nowhere. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
};

/** What a process that answers HTTP has. */
export const httpConfig = {
  HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free port. */
  PORT: port.default(0),
};

/** What a process with a schema in Postgres has. */
export const databaseConfig = {
  DATABASE_URL: secret(z.string().regex(/^postgres(ql)?:\/\//, "must be a postgres:// URL")),
  /** Connections of this process at most. */
  DATABASE_POOL: z.coerce.number().int().min(1).max(200).default(10),
};

/** What a process on the bus has. */
export const busConfig = {
  NATS_URL: z.string().regex(/^(nats|tls|ws|wss):\/\//, "must be a nats:// URL"),
  NATS_USER: z.string().min(1).optional(),
  NATS_PASSWORD: secret().optional(),
};

/** What a process that caches has. */
export const redisConfig = {
  REDIS_URL: secret(z.string().regex(/^rediss?:\/\//, "must be a redis:// URL")),
};

/** What a process that checks tokens has. */
export const tokenConfig = {
  AUTH_URL: httpUrl,
  /** `iss` of access tokens. */
  TOKEN_ISSUER: z.string().min(1),
  /** `aud` of access tokens. */
  TOKEN_AUDIENCE: z.string().min(1).default("holdfast"),
};

/** What a process that calls auth in its own name has. */
export const clientConfig = {
  /** This service's own secret towards auth. */
  CLIENT_SECRET: secret(),
};

/** One setting that is wrong. */
export interface ConfigProblem {
  readonly name: string;
  readonly message: string;
}

/** Everything that is wrong with the environment; no message quotes a value. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      [
        "The configuration is not valid:",
        ...problems.map(({ name, message }) => `  ${name}: ${message}`),
      ].join("\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Is the shape, or what an optional or default wraps, a secret? */
function isSecret(shape: z.ZodType | undefined): boolean {
  if (shape === undefined) return false;
  if (secretShapes.has(shape)) return true;
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault || shape instanceof z.ZodNullable) {
    return isSecret(shape.unwrap() as z.ZodType);
  }
  return false;
}

function describeIssue(issue: z.core.$ZodIssue, isSet: boolean, hidden: boolean): string {
  if (!isSet) return "is missing";
  // A refinement's message may quote what it was given.
  if (hidden) return "is set, but is not valid";
  return issue.message;
}

/**
 * Reads and checks the environment; an empty variable counts as unset.
 * @throws ConfigError naming every problem at once
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(set);
  const problems: ConfigProblem[] = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0] ?? "");
    const shape = schema.shape[name] as z.ZodType | undefined;
    return { name, message: describeIssue(issue, name in set, isSecret(shape)) };
  });
  if (set["HOLDFAST_ENV"] === "production" && set["TEST_CLOCK"] === "on") {
    problems.push({ name: "TEST_CLOCK", message: "must be off in production" });
  }
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return parsed.data;
}
