import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { takeStripeItself } from "./packages/testkit/stripe/stripe-itself.ts";
import { FileOrder } from "./packages/testkit/vitest/file-order.ts";

const seconds = 1_000;

/** Suffixes that say a test needs more than the process it runs in. */
const needy = ["int", "fault", "e2e", "stripe", "stripe-connect"].map((kind) => `**/*.${kind}.test.ts`);

const where = ["packages", "services", "demo", "bench", "deploy", "docs", "e2e"];

const stripeItself = takeStripeItself(process.env);

/** What runs against Stripe itself; nothing where no test account's key is at hand. */
const stripeProjects: TestProjectInlineConfiguration[] =
  stripeItself === null
    ? []
    : [
        {
          test: {
            name: "stripe",
            include: where.flatMap((folder) => [
              `${folder}/**/*.stripe.test.ts`,
              ...(stripeItself.payee === null ? [] : [`${folder}/**/*.stripe-connect.test.ts`]),
            ]),
            provide: { stripeItself },
            pool: "forks",
            // A test account answers 25 requests a second.
            fileParallelism: false,
            isolate: false,
            testTimeout: 120 * seconds,
            hookTimeout: 120 * seconds,
            sequence: { groupOrder: 5 },
          },
        },
      ];

/** `sequence.groupOrder` runs one kind after the other, so servers of one kind never compete with the next. */
export default defineConfig({
  test: {
    sequence: { sequencer: FileOrder },
    // Node runs these files as they are, here as in production: transforming each took a third of the unit tests' time.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    projects: [
      {
        test: {
          name: "unit",
          include: where.map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...configDefaults.exclude, ...needy],
          pool: "threads",
          // They share nothing but modules, and loading those anew for each file takes longer than the tests.
          isolate: false,
          testTimeout: 20 * seconds,
          hookTimeout: 20 * seconds,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "int",
          include: where.map((folder) => `${folder}/**/*.int.test.ts`),
          globalSetup: ["packages/testkit/vitest/backing-servers.ts"],
          pool: "forks",
          maxWorkers: 3,
          // Each file opens and closes what it needs; the modules it stands on are the same, and are loaded once a worker.
          isolate: false,
          testTimeout: 60 * seconds,
          hookTimeout: 60 * seconds,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "fault",
          include: where.map((folder) => `${folder}/**/*.fault.test.ts`),
          globalSetup: ["packages/testkit/vitest/backing-servers.ts"],
          pool: "forks",
          // They mostly wait for what they broke; each breaks servers of its own, but for one Postgres that none may break.
          maxWorkers: 3,
          // As those of `int`.
          isolate: false,
          testTimeout: 180 * seconds,
          hookTimeout: 180 * seconds,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.test.ts"],
          pool: "forks",
          fileParallelism: false,
          // One process for all, which keeps the platform that files share; see e2e/world.ts.
          isolate: false,
          testTimeout: 300 * seconds,
          hookTimeout: 300 * seconds,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "security",
          include: ["security/**/*.security.test.ts"],
          globalSetup: ["security/shared-platform.ts"],
          pool: "forks",
          fileParallelism: false,
          isolate: false,
          testTimeout: 300 * seconds,
          hookTimeout: 300 * seconds,
          sequence: { groupOrder: 4 },
        },
      },
      ...stripeProjects,
    ],
  },
});
