/** Every event there is, for documents, schemas and tests. */
import type { EventDefinition } from "../define-event.ts";
import * as auth from "./auth.ts";
import * as booking from "./booking.ts";
import * as catalog from "./catalog.ts";
import * as notification from "./notification.ts";
import * as payment from "./payment.ts";

const isEvent = (value: unknown): value is EventDefinition =>
  typeof value === "object" && value !== null && "emitter" in value && "type" in value;

/** All declared events, ordered by type. */
export const allEvents: readonly EventDefinition[] = [auth, catalog, booking, payment, notification]
  .flatMap((module) => Object.values(module) as unknown[])
  .filter(isEvent)
  .toSorted((a, b) => (a.type < b.type ? -1 : 1));
