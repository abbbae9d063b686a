/** A global setup of vitest: one platform for all files of the project, without rate limits, so that none hides a refusal. */
import { startPlatform } from "@holdfast/testkit/platform/start-platform";
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
    logLevel: "warn",
  });
  project.provide("securityPlace", placeOf(platform));
  return () => platform.stop();
}
