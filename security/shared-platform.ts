/** A global setup of vitest: one platform for all files of the project, without rate limits, so that none hides a refusal. */
import { secretsKept } from "@holdfast/testkit/platform/secret-traces";
import { type Platform, startPlatform } from "@holdfast/testkit/platform/start-platform";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { type Place, placeOf } from "./place.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the platform that the files share is reached. */
    securityPlace: Place;
  }
}

/**
 * Runs before the project's first file; what it returns runs after the last.
 * @public vitest calls it
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const platform = await startPlatform({
    ports: "free",
    testClock: true,
    rateLimits: false,
    passwordHashing: "quick",
    logLevel: "warn",
    // All attacks come from one network, which is not to be shut out for the first of them.
    environment: { auth: { FAILED_ATTEMPTS_PER_NETWORK: "1000" } },
  });
  project.provide("securityPlace", placeOf(platform));
  return async () => {
    try {
      await expectNoSecrets(platform);
    } finally {
      await platform.stop();
    }
  };
}

/** After every attack there is: nothing that came in or went out as a secret has stayed. @throws Error naming where */
async function expectNoSecrets(platform: Platform): Promise<void> {
  const sql = new pg.Pool({ connectionString: platform.database.adminUrl, max: 4 });
  try {
    const kept = await secretsKept(platform, sql, []);
    if (kept.length > 0) throw new Error(`secrets are kept after the attacks: ${kept.join("; ")}`);
  } finally {
    await sql.end();
  }
}
