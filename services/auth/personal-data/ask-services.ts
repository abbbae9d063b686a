/** Asks every other service what it keeps about a person, in auth's own name. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@holdfast/chassis/clock";
import { unavailable } from "@holdfast/chassis/problems";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import type { ServiceName } from "@holdfast/contracts/define-endpoint";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { AccessTokenIssuer } from "../keys/access-tokens.ts";

/** The services beside auth. */
export type OtherService = Exclude<ServiceName, "auth">;

type Answer = NonNullable<ReturnType<typeof personalDataEndpoint>["answers"]["body"]>;
export type Kept = z.output<Answer>;

export interface PersonalDataSource {
  /**
   * What that service keeps about the person.
   * @throws serviceUnavailable naming the service where it does not answer
   */
  keptBy(service: OtherService, userId: Id<"usr">): Promise<Kept>;
}

const timeoutMs = 20_000;

export function createPersonalDataSource({
  urls,
  accessTokens,
  clock,
}: {
  /** Each service's instances. */
  readonly urls: Readonly<Record<OtherService, readonly string[]>>;
  readonly accessTokens: AccessTokenIssuer;
  readonly clock: Clock;
}): PersonalDataSource {
  const ask = async (url: string, service: OtherService, userId: Id<"usr">) => {
    const endpoint = personalDataEndpoint(service);
    const token = await accessTokens.issue({
      subject: "svc:auth",
      roles: ["service"],
      tokenId: randomUUID(),
      issuedAt: clock.machineNow(),
    });
    const response = await fetch(new URL(endpoint.path.replace("{userId}", userId), url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`${service} answered ${response.status}`);
    }
    return endpoint.answers.body!.parse(await response.json());
  };
  return {
    async keptBy(service, userId) {
      let failure: unknown;
      for (const url of urls[service]) {
        try {
          return await ask(url, service, userId);
        } catch (error) {
          failure = error;
        }
      }
      throw unavailable(`The service ${service} does not say what it keeps; try again.`, failure);
    },
  };
}
