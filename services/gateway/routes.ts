/** Every route there is, made from the declared endpoints: what is not in this table cannot be reached. */
import type { Permission } from "@holdfast/contracts/access";
import { publicEndpoints } from "@holdfast/contracts/api/all";
import type { EndpointDefinition, ServiceName } from "@holdfast/contracts/define-endpoint";

export const limitClasses = ["ordinary", "costly", "sensitive", "webhook", "stream"] as const;
export type LimitClass = (typeof limitClasses)[number];

/** One way through the gateway. */
export interface GatewayRoute {
  readonly service: ServiceName;
  /** The endpoint's name, as the audit log has it. */
  readonly name: string;
  /** Upper case; a GET route takes HEAD too. */
  readonly method: string;
  /** Template: `/v1/bookings/{bookingId}`. */
  readonly path: string;
  readonly access: "public" | Permission;
  readonly stepUp?: boolean;
  /** The answer stays open: its silence has no bound but the comments that keep it alive. */
  readonly stream?: boolean;
  /** The answer may be a page, whose styles stand in it. */
  readonly page?: boolean;
  readonly limit: LimitClass;
  readonly maxBodyBytes: number;
  /** Longest wait for the first byte of the answer. */
  readonly timeoutMs: number;
}

const defaultMaxBodyBytes = 65_536;
const defaultTimeoutMs = 15_000;

/** The routes of these endpoints; those for other services have none. */
function toRoutes(endpoints: readonly EndpointDefinition[]): GatewayRoute[] {
  return endpoints.flatMap(({ access, ...endpoint }) =>
    access === "service"
      ? []
      : [
          {
            service: endpoint.service,
            name: endpoint.name,
            method: endpoint.method.toUpperCase(),
            path: endpoint.path,
            access,
            stepUp: endpoint.stepUp ?? false,
            stream: endpoint.stream ?? false,
            page: endpoint.alsoAs?.includes("text/html") ?? false,
            limit: endpoint.limit ?? "ordinary",
            maxBodyBytes: endpoint.maxBodyBytes ?? defaultMaxBodyBytes,
            timeoutMs: endpoint.timeoutMs ?? defaultTimeoutMs,
          },
        ],
  );
}

export const routes: readonly GatewayRoute[] = toRoutes(publicEndpoints);
