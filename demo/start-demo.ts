import { strict as assert } from "node:assert";
import {
  type Platform,
  type PlatformOptions,
  startPlatform,
} from "@holdfast/testkit/platform/start-platform";
import type { FirstSteps } from "./first-steps.ts";
import { loadWorld } from "./load-world.ts";
import { demoAccounts } from "./world.ts";

/** The platform with the demo world in it. */
export type Demo = AsyncDisposable & {
  readonly platform: Platform;
  readonly firstSteps: FirstSteps;
  /** Resources this start added: none when an earlier one did. */
  readonly added: number;
};

/** The resource the first steps book. */
const shownTitle = "Double room";

/**
 * Starts the platform and loads the demo world.
 * @throws as `startPlatform` and `loadWorld` do; everything is stopped again then.
 */
export async function startDemo(options: PlatformOptions): Promise<Demo> {
  await using resources = new AsyncDisposableStack();
  const { email, password } = demoAccounts.admin;
  const platform = resources.use(await startPlatform({ ...options, admin: { email, password } }));
  const world = await loadWorld(platform.gatewayUrl);
  const resource = world.resources.find(({ rules }) => rules.title === shownTitle);
  assert(resource !== undefined, `the demo world has a ${shownTitle}`);
  options.onProgress?.(
    world.added === 0 ? "the demo world is there" : `the demo world is loaded: ${world.added} resources`,
  );
  const running = resources.move();
  return {
    platform,
    added: world.added,
    firstSteps: {
      gatewayUrl: platform.gatewayUrl,
      mailUrl: platform.urlOf("mail"),
      logsDir: platform.logsDir,
      resource,
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
