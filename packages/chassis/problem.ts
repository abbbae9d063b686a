/** A refusal: the system understood and says no. Any other error means "try again", or a bug. */
import assert from "node:assert";

/** Whatever JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue | undefined };

/** One thing wrong with a request: where it is (`items.0.startsAt`; empty for the whole) and a public sentence. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  /** What kind of mistake it is, for programs: `too_small`, `invalid_type`. */
  readonly code?: string;
}

/** What one occurrence of a problem adds to its definition. */
export interface ProblemOptions {
  /** Everything wrong with the request, where a problem can have several causes at once. */
  readonly errors?: readonly FieldError[];
  /** Extension members of the RFC 9457 body; public. */
  readonly extra?: Readonly<Record<string, JsonValue>>;
  /** Response headers, such as `retry-after`; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A declared refusal; call it to make an occurrence: `throw slotTaken("The court is taken from 15:00")`. */
export interface ProblemDefinition {
  /** `detail` is a public sentence about this occurrence. */
  (detail?: string, options?: ProblemOptions): Problem;
  /** Stable, for programs: `booking/slot-taken`. */
  readonly code: string;
  readonly status: number;
  /** The public sentence that is true of every occurrence. */
  readonly title: string;
}

/** One occurrence of a declared refusal. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly extra: Readonly<Record<string, JsonValue>> | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(
    of: Pick<ProblemDefinition, "code" | "status" | "title">,
    detail?: string,
    options?: ProblemOptions,
  ) {
    // A refusal is an ordinary answer: a thousand racers for one slot must not pay for a thousand stack traces.
    const stackDepth = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(detail ?? of.title, options?.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackDepth;
    this.name = "Problem";
    this.code = of.code;
    this.status = of.status;
    this.title = of.title;
    this.detail = detail;
    this.errors = options?.errors;
    this.extra = options?.extra;
    this.headers = options?.headers;
  }
}

/**
 * Declares a refusal.
 * @param code `noun/what-is-wrong`, stable for ever
 * @param status HTTP status, 400 to 599
 * @param title public sentence
 */
export function defineProblem(code: string, status: number, title: string): ProblemDefinition {
  assert.match(code, /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/, `problem code ${code}`);
  assert(Number.isInteger(status) && status >= 400 && status <= 599, `status of problem ${code}`);
  const definition = { code, status, title };
  return Object.assign(
    (detail?: string, options?: ProblemOptions) => new Problem(definition, detail, options),
    definition,
  );
}

/** The RFC 9457 body of a problem; `type` is a reference relative to the API's origin. */
export function toProblemJson(
  problem: Problem,
  about: { readonly instance: string; readonly traceId: string },
): Record<string, JsonValue> {
  return {
    ...problem.extra,
    type: `/problems#${problem.code}`,
    title: problem.title,
    status: problem.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    instance: about.instance,
    code: problem.code,
    ...(problem.errors === undefined ? {} : { errors: problem.errors.map((error) => ({ ...error })) }),
    traceId: about.traceId,
  };
}
