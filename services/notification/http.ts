/** Every endpoint of the notification service. */
import { answer, callerOf, handle, type Route } from "@holdfast/chassis/endpoint";
import * as api from "@holdfast/contracts/api/notification";
import { personalDataEndpoint } from "@holdfast/contracts/api/personal-data";
import type { Kysely } from "kysely";
import type { NotificationTables } from "./database.ts";
import { listMessages } from "./messages/list-messages.ts";
import { getPersonalData } from "./personal-data/get-personal-data.ts";

export function endpoints(deps: { readonly db: Kysely<NotificationTables> }): Route[] {
  return [
    handle(api.listMessages, async (call) =>
      answer(await listMessages(deps, call.query, callerOf(call).userId)),
    ),
    handle(personalDataEndpoint("notification"), async ({ params }) =>
      answer(await getPersonalData(deps.db, params.userId)),
    ),
  ];
}
