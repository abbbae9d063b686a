/** A process for the tests to kill: it takes events in hand, says how many, and never finishes with them. */
import { consume } from "./consumer.ts";
import { openTestService, tested } from "./test-service.ts";

const where = JSON.parse(process.argv[2] ?? "{}") as {
  databaseUrl: string;
  natsUrl: string;
  natsUser: string;
  natsPassword: string;
};

await openTestService({
  name: "payment",
  relay: "none",
  definitions: [
    consume(tested, async (_unit, received) => {
      process.send?.(received.length);
      await Promise.withResolvers<never>().promise;
    }),
  ],
  ...where,
});
