/** The OpenAPI 3.1 document of everything a client may call, made from the schemas that check the requests. */
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
} from "zod-openapi";
import { isPaged, keyTaken, servers, type EndpointDefinition, type ServiceName } from "../define-endpoint.ts";
import { memberRolesWith, rolesWith, takesApiKeys } from "./permissions-page.ts";
import { tidyReferences, tidySchema, writeIdsInPlace, type JsonSchema } from "./json-schema.ts";
import { problemComponents, problemResponses, problemSchema } from "./problem-responses.ts";

const tagDescriptions: Readonly<Record<ServiceName, string>> = {
  auth: "Accounts, sessions and the keys that tokens are signed with",
  catalog: "Vendors, the people who act for them, what they offer, and their promotions",
  booking:
    "Search, free times, quotes, bookings and their lives, waiting lists, blocks and calendars kept elsewhere",
  payment: "Payments of bookings",
  notification: "Messages sent to people",
};

const headerParameters = {
  IdempotencyKeyRequired: {
    name: "Idempotency-Key",
    in: "header" as const,
    required: true,
    description:
      "Any string that is new for each thing you want done. The same key with the same body gives the first answer again, with `Idempotency-Replayed: true`, for 24 hours.",
    schema: {
      type: "string" as const,
      minLength: 1,
      maxLength: 255,
      examples: ["0f8b2c1e-6d0e-4f0e-9a51-4f6d1d0f7a11"],
    },
  },
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header" as const,
    description:
      "Any string that is new for each thing you want done: the same key with the same body gives the first answer again, with `Idempotency-Replayed: true`, for 24 hours. Without it a repeated request is done again.",
    schema: { type: "string" as const, minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: "If-Match",
    in: "header" as const,
    required: true,
    description:
      "The `ETag` last read, or `*` for whichever version there is: what somebody else has changed meanwhile is not overwritten.",
    schema: { type: "string" as const, examples: ['"3"'] },
  },
  PreferWait: {
    name: "Prefer",
    in: "header" as const,
    description: "`wait=N` waits up to N seconds (30 at most) for the outcome (RFC 7240).",
    schema: { type: "string" as const, examples: ["wait=10"] },
  },
};

function headersOf(endpoint: EndpointDefinition) {
  const names: (keyof typeof headerParameters)[] = [];
  const key = keyTaken(endpoint);
  if (key === "required") names.push("IdempotencyKeyRequired");
  if (key === "optional") names.push("IdempotencyKey");
  if (endpoint.etag === "required") names.push("IfMatch");
  if (endpoint.preferWait === true) names.push("PreferWait");
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

/** The ways to call it, each with the roles or scopes that may. Public reads may say more to a caller they know. */
function securityOf(endpoint: EndpointDefinition): Record<string, string[]>[] {
  const { access, method, path } = endpoint;
  const isRead = method === "get";
  if (access === "public") return isRead && path.startsWith("/v1/") ? [{}, { accessToken: [] }] : [];
  if (access === "service") return [{ accessToken: ["service"] }];
  const holders = rolesWith(access);
  return [
    { accessToken: holders },
    isRead ? { browserSession: holders } : { browserSession: holders, csrfToken: [] },
    ...(takesApiKeys(endpoint) ? [{ apiKey: [access] }] : []),
  ];
}

function requestBodyOf(endpoint: EndpointDefinition): ZodOpenApiOperationObject["requestBody"] {
  if (endpoint.body !== undefined)
    return {
      required: !endpoint.body.safeParse(undefined).success,
      content: { "application/json": { schema: endpoint.body } },
    };
  if (endpoint.rawBody !== true) return undefined;
  return {
    required: true,
    description: "Taken as it is sent",
    content: { "*/*": { schema: { type: "string" } } },
  };
}

const headerComponents = {
  ETag: {
    description: "The version that this is, for `If-Match`",
    schema: { type: "string" as const, examples: ['"3"'] },
  },
  IdempotencyReplayed: {
    description: "`true` where this is the answer that the key's first request was given",
    schema: { type: "string" as const, examples: ["true"] },
  },
  Link: {
    description: 'The next page, as `<…>; rel="next"` (RFC 8288); none on the last one',
    schema: { type: "string" as const },
  },
};

function headerComponent(name: keyof typeof headerComponents) {
  return { $ref: `#/components/headers/${name}` as const };
}

function otherContent({ alsoAs = [] }: EndpointDefinition) {
  return Object.fromEntries(alsoAs.map((type) => [type, { schema: { type: "string" as const } }]));
}

function successOf(endpoint: EndpointDefinition) {
  const { description, body } = endpoint.answers;
  const type = endpoint.contentType ?? "application/json";
  const headers = {
    ...(endpoint.etag !== undefined && { ETag: headerComponent("ETag") }),
    ...(isPaged(endpoint) && { Link: headerComponent("Link") }),
    ...(keyTaken(endpoint) !== "none" && { "Idempotency-Replayed": headerComponent("IdempotencyReplayed") }),
  };
  return {
    description,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body !== undefined && { content: { [type]: { schema: body }, ...otherContent(endpoint) } }),
  };
}

function describe(endpoint: EndpointDefinition): string {
  const limit = endpoint.limit === undefined ? "" : ` Counted against the rate limit \`${endpoint.limit}\`.`;
  return [endpoint.description, `${describeAccess(endpoint)}${limit}`]
    .filter((part) => part !== undefined)
    .join("\n\n");
}

function describeAccess({ access, stepUp }: EndpointDefinition): string {
  if (access === "public") return "Public.";
  if (access === "service") return "For services alone.";
  const people = memberRolesWith(access);
  const said = people.length === 0 ? "" : `, and with the vendor the role ${people.join(", ")}`;
  const fresh = stepUp === true ? " Asks for a sign-in or a step-up within the last minutes." : "";
  return `Needs the permission \`${access}\`${said}.${fresh}`;
}

function operationOf(endpoint: EndpointDefinition): ZodOpenApiOperationObject {
  // The definitions are objects by convention; their type only says "a schema".
  const requestParams = {
    ...(endpoint.params && { path: endpoint.params }),
    ...(endpoint.query && { query: endpoint.query }),
  } as ZodOpenApiParameters;
  const parameters = headersOf(endpoint);
  const requestBody = requestBodyOf(endpoint);
  return {
    operationId: endpoint.name,
    tags: [endpoint.service],
    summary: endpoint.summary,
    description: describe(endpoint),
    security: securityOf(endpoint),
    ...(Object.keys(requestParams).length > 0 && { requestParams }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: {
      [`${endpoint.answers.status}` as "200"]: successOf(endpoint),
      ...problemResponses(endpoint),
    },
  };
}

const description = `Book anything that can be reserved.

- Ids have a prefix that says what they name, and sort by time. Amounts are integers in the currency's minor unit. Instants are RFC 3339; the resource's time zone stands beside them.
- Lists that grow are pages: \`limit\`, \`after\`, \`next\` in the answer, and a \`Link\` header to the next one.
- What several people edit has an \`ETag\`; a change of it says in \`If-Match\` which version it changes.
- Whatever changes something takes an \`Idempotency-Key\`, so that it can be sent again after a lost answer; what creates something or moves money may need one.
- A refusal is \`application/problem+json\` with a stable \`code\`.
- \`RateLimit\` and \`RateLimit-Policy\` headers say what is left of the limit that applies.`;

/** By service, then path: a module's exports come in an order that depends on who loads it. */
function inOrder(endpoints: readonly EndpointDefinition[]): EndpointDefinition[] {
  const place = (of: EndpointDefinition) => `${servers.indexOf(of.service)} ${of.path} ${of.method}`;
  return endpoints.toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

function sortedByName<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The whole document, for these endpoints. Deterministic: the same definitions give the same document. */
export function openApiDocument(endpoints: readonly EndpointDefinition[]): ReturnType<typeof createDocument> {
  const document = createUnsorted(inOrder(endpoints));
  tidyReferences(document);
  return {
    ...document,
    components: { ...document.components, schemas: sortedByName(document.components?.schemas ?? {}) },
  };
}

function createUnsorted(endpoints: readonly EndpointDefinition[]): ReturnType<typeof createDocument> {
  const paths: NonNullable<ZodOpenApiObject["paths"]> = {};
  for (const endpoint of endpoints) {
    for (const schema of [endpoint.params, endpoint.query, endpoint.body, endpoint.answers.body]) {
      if (schema !== undefined) writeIdsInPlace(schema);
    }
    (paths[endpoint.path] ??= {})[endpoint.method] = operationOf(endpoint);
  }
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        title: "Holdfast",
        version: "1.0.0",
        description,
        license: { name: "Apache 2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/", description: "The gateway that serves this document" }],
      tags: servers.map((name) => ({ name, description: tagDescriptions[name] })),
      paths,
      components: {
        schemas: { Problem: problemSchema },
        responses: problemComponents,
        parameters: headerParameters,
        headers: headerComponents,
        securitySchemes: {
          accessToken: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "JWT",
            description: "From `POST /v1/sessions`. Listed: the roles of which the account needs one",
          },
          apiKey: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "hfk_…",
            description: "From `POST /v1/api-keys`. Listed: the scope that the key needs",
          },
          browserSession: {
            type: "apiKey",
            in: "cookie",
            name: "__Host-holdfast-access",
            description:
              "Set by `POST /v1/browser-sessions`. Listed: the roles of which the account needs one",
          },
          csrfToken: {
            type: "apiKey",
            in: "header",
            name: "X-CSRF-Token",
            description: "As the browser session was answered with; beside its cookie, for all but reads",
          },
        },
      },
    },
    {
      override: ({ jsonSchema, zodSchema }) => {
        tidySchema(jsonSchema as JsonSchema);
        const { def } = zodSchema._zod;
        // Answers may say more in time; what is declared strict refuses unknown members, and says so.
        if (def.type === "object" && def.catchall === undefined) delete jsonSchema.additionalProperties;
      },
    },
  );
}
