/** Asks another service, in this one's own name, for what only it knows. */
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import type { z } from "zod";
import type { ServiceTokenSource } from "./service-token.ts";

/** Whom to ask, and as whom. */
export interface AskedService {
  /** Its instances; one after the other is asked until one answers. */
  readonly urls: readonly string[];
  readonly tokens: ServiceTokenSource;
  /** Longest that one instance may take; 3 s where not said. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 3_000;

/**
 * What the service answers. For endpoints that are asked by a body alone.
 * @throws Error where no instance can be reached, or none answers as it should
 */
export async function askService<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(
  { urls, tokens, timeoutMs = defaultTimeoutMs }: AskedService,
  { name, service, method, path, answers }: EndpointDefinition<Params, Query, Body, Answer>,
  body: z.input<Body>,
): Promise<z.output<Answer>> {
  const request = {
    method: method.toUpperCase(),
    headers: { authorization: `Bearer ${await tokens.token()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
  } as const;
  const ask = async (url: string): Promise<z.output<Answer>> => {
    const response = await fetch(new URL(path, url), { ...request, signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${service} answered ${response.status} to ${name}`);
    }
    const answered = answers.body?.safeParse(await response.json());
    if (!answered?.success) throw new Error(`${service} did not answer ${name} as it should`);
    return answered.data;
  };
  let failure: unknown;
  for (const url of urls) {
    try {
      return await ask(url);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
