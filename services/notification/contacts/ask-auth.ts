import type { ServiceTokenSource } from "@holdfast/chassis/service-token";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import type { z } from "zod";

export interface AuthAsked {
  readonly authUrl: string;
  readonly tokens: ServiceTokenSource;
}

const timeoutMs = 3_000;

/**
 * Asks auth in this service's own name.
 * @throws Error where auth cannot be reached or does not answer as it should
 */
export async function askAuth<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(
  { authUrl, tokens }: AuthAsked,
  { name, path, answers }: EndpointDefinition<Params, Query, Body, Answer>,
  body: z.input<Body>,
): Promise<z.output<Answer>> {
  const response = await fetch(new URL(path, authUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${await tokens.token()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
    redirect: "error",
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`auth answered ${response.status} to ${name}`);
  }
  const answered = answers.body?.safeParse(await response.json());
  if (!answered?.success) throw new Error(`auth did not answer ${name} as it should`);
  return answered.data;
}
