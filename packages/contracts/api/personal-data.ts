/** One's data from all services in one document (GDPR, articles 15 and 20). */
import { z } from "zod";
import { defineEndpoint, servers, type ServiceName } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";

/** Rows by what they are: `bookings`, `payments`, `messages`. */
const sections = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
export type PersonalData = z.infer<typeof sections>;

export const exportMyData = defineEndpoint({
  name: "exportMyData",
  service: "auth",
  method: "get",
  path: "/v1/me/export",
  summary: "Everything kept about the caller, from every service",
  description:
    "Refused as a whole while a service cannot be asked: nobody is given half of their data as all of it.",
  access: "profile:read:own",
  limit: "costly",
  stepUp: true,
  timeoutMs: 30_000,
  answers: {
    status: 200,
    description: "The data, service by service",
    body: z.object({ exportedAt: utcInstant, services: z.record(z.enum(servers), sections) }),
  },
});

/** What one service keeps about a person; auth asks all of them. */
export function personalDataEndpoint(service: ServiceName) {
  const named = `${service[0]!.toUpperCase()}${service.slice(1)}`;
  return defineEndpoint({
    name: `get${named}PersonalData`,
    service,
    method: "get",
    path: `/internal/personal-data/${service}/{userId}`,
    summary: `What ${service} keeps about a person`,
    access: "service",
    timeoutMs: 20_000,
    params: z.object({ userId: id("usr") }),
    answers: {
      status: 200,
      description: "The rows, and how many bookings are still to come",
      body: z.object({ data: sections, bookingsToCome: z.int().min(0), vendorsOwned: z.int().min(0) }),
    },
  });
}
