/** Checks a request's parts against an endpoint's schemas and names everything that is wrong. */
import type { z } from "zod";
import type { ServedEndpoint } from "./endpoint.ts";
import type { FieldError } from "./problem.ts";
import { malformedJson, requestInvalid } from "./problems.ts";

/** More errors than this help nobody. */
const mostErrors = 100;

export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** One issue as the API tells it; unknown members are named one by one. */
function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const paths =
    issue.code === "unrecognized_keys" ? issue.keys.map((name) => [...issue.path, name]) : [issue.path];
  return paths.map((path) => ({
    field: path.map(String).join("."),
    message: issue.message,
    code: issue.code,
  }));
}

function check(schema: z.ZodType | undefined, part: unknown, errors: FieldError[]): unknown {
  if (schema === undefined) return undefined;
  try {
    const parsed = schema.safeParse(part);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) errors.push(...toFieldErrors(issue));
    return undefined;
  } catch (error) {
    // A schema of arbitrary JSON recurses as deep as the body does.
    if (error instanceof RangeError) throw malformedJson("The body is nested too deeply.", { cause: error });
    throw error;
  }
}

/**
 * What the schemas make of the request; undefined for a part without a schema.
 * @throws requestInvalid with every issue of every part
 */
export function checkRequest(endpoint: ServedEndpoint, parts: RequestParts): RequestParts {
  const errors: FieldError[] = [];
  const params = check(endpoint.params, parts.params, errors);
  const query = check(endpoint.query, parts.query, errors);
  const body = check(endpoint.body, parts.body, errors);
  if (errors.length > 0) throw requestInvalid(undefined, { errors: errors.slice(0, mostErrors) });
  return { params, query, body };
}
