/** Dead letters that can be replayed: of an event that its service took in long ago, so that replaying it marks it alone. */
import { closeAccount } from "@holdfast/contracts/api/users";
import { operationsEndpoints } from "@holdfast/contracts/api/operations";
import { servers, type ServiceName } from "@holdfast/contracts/define-endpoint";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import type { Prepare } from "./act.ts";

/** Whose events each service takes in. */
const heardFrom: Readonly<Record<ServiceName, ServiceName>> = {
  auth: "catalog",
  catalog: "auth",
  booking: "catalog",
  payment: "booking",
  notification: "auth",
};

const takenIn = (service: ServiceName) =>
  `${heardFrom[service]}.outbox o join ${service}.inbox i on i.event_id = o.id`;

const aboutLetterOf =
  (service: ServiceName): Prepare =>
  async ({ sql, world }) => {
    const deadLetterId = newId("evt");
    // Catalog hears of nothing else, and perhaps nobody has left yet.
    if (service === "catalog") {
      const { client } = await world.newAccount(["customer"]);
      await client.call(closeAccount, { body: { confirm: "erase my data" } });
    }
    await until(`${service} to have taken in an event`, async () => {
      return (await sql.query(`select from ${takenIn(service)} limit 1`)).rowCount === 1;
    });
    await sql.query(
      `insert into ${service}.dead_letters (id, consumer, event_id, event_type, envelope, kind, error, deliveries)
       select $1, i.consumer, o.id, o.subject, o.envelope, 'exhausted', 'It was not to be.', 5
       from ${takenIn(service)} limit 1`,
      [deadLetterId],
    );
    return { ids: { deadLetterId } };
  };

export const actsOfOperators: Readonly<Record<string, Prepare>> = Object.fromEntries(
  servers.map((service) => [operationsEndpoints(service).replayDeadLetter.name, aboutLetterOf(service)]),
);
