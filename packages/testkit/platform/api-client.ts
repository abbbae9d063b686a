import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { logIn, refreshSession, type TokensView } from "@holdfast/contracts/api/sessions";
import type { UserView } from "@holdfast/contracts/api/accounts";
import { type BookingView, createBooking } from "@holdfast/contracts/api/booking";
import { createUser } from "@holdfast/contracts/api/users";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { newPassword } from "../new-password.ts";

/** What a call carries; types come from the endpoint's own schemas. */
export type CallInput<E> =
  E extends EndpointDefinition<infer Params, infer Query, infer Body>
    ? {
        readonly params?: z.input<Params>;
        readonly query?: z.input<Query>;
        readonly body?: z.input<Body>;
        readonly headers?: Readonly<Record<string, string>>;
        readonly idempotencyKey?: string;
        /** `Prefer: wait=N`. */
        readonly waitSeconds?: number;
        readonly signal?: AbortSignal;
      }
    : never;

/** What an endpoint answers with on success. */
export type AnswerOf<E> =
  E extends EndpointDefinition<z.ZodType, z.ZodType, z.ZodType, infer Answer> ? z.output<Answer> : never;

/** The body of a refusal (RFC 9457). */
export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly traceId?: string;
  readonly errors?: readonly { field: string; message: string; code?: string }[];
};

/** The API refused, or did not answer as the contract says. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** Undefined when the answer was no problem document. */
  readonly problem: ProblemBody | undefined;
  readonly headers: Headers;

  constructor(call: string, answer: RawAnswer) {
    super(`${call} answered ${answer.status}: ${answer.text.slice(0, 1_000)}`);
    this.status = answer.status;
    this.problem = answer.isProblem ? (JSON.parse(answer.text) as ProblemBody) : undefined;
    this.headers = answer.headers;
  }
}

/** What a guest asks for, times as RFC 3339. */
export type AskedBooking = NonNullable<CallInput<typeof createBooking>["body"]>;

type RawAnswer = { status: number; headers: Headers; text: string; isProblem: boolean };

// Above the longest time the gateway itself gives an answer.
const answerMs = 45_000;

function addressOf(
  gatewayUrl: string,
  endpoint: EndpointDefinition,
  input: CallInput<EndpointDefinition>,
): URL {
  const params = (input.params ?? {}) as Record<string, string>;
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const url = new URL(path, gatewayUrl);
  for (const [name, value] of Object.entries(
    (input.query ?? {}) as Record<string, string | number | boolean | undefined>,
  )) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** The API as one caller meets it through the gateway: anyone, or a logged-in account. */
export class ApiClient {
  readonly gatewayUrl: string;
  readonly #tokens: TokensView | undefined;

  constructor(gatewayUrl: string, tokens?: TokensView) {
    this.gatewayUrl = gatewayUrl;
    this.#tokens = tokens;
  }

  /** The account logged in. @throws when nobody is. */
  get user(): UserView {
    return this.tokens.user;
  }

  /** What logging in answered with; they are not renewed by themselves. @throws when nobody is logged in. */
  get tokens(): TokensView {
    if (this.#tokens === undefined) throw new Error("Nobody is logged in.");
    return this.#tokens;
  }

  async #send(endpoint: EndpointDefinition, input: CallInput<EndpointDefinition>): Promise<RawAnswer> {
    const { body, idempotencyKey, waitSeconds } = input;
    const answer = await fetch(addressOf(this.gatewayUrl, endpoint, input), {
      method: endpoint.method.toUpperCase(),
      signal: input.signal ?? AbortSignal.timeout(answerMs),
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.#tokens === undefined ? {} : { authorization: `Bearer ${this.#tokens.accessToken}` }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
        ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
        ...input.headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const isProblem = answer.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
    return { status: answer.status, headers: answer.headers, text: await answer.text(), isProblem };
  }

  /**
   * Calls an endpoint and checks its answer against the contract.
   * @throws ApiError when it refuses; ZodError when the answer is not what the contract declares.
   */
  async exchange<E extends EndpointDefinition>(
    endpoint: E,
    input: CallInput<E> = {} as CallInput<E>,
  ): Promise<{ status: number; headers: Headers; body: AnswerOf<E> }> {
    const answer = await this.#send(endpoint, input as CallInput<EndpointDefinition>);
    if (answer.status !== endpoint.answers.status) throw new ApiError(endpoint.name, answer);
    const schema = endpoint.answers.body;
    const body = schema === undefined ? undefined : schema.parse(JSON.parse(answer.text));
    return { status: answer.status, headers: answer.headers, body: body as AnswerOf<E> };
  }

  /** As `exchange`, the body alone. */
  async call<E extends EndpointDefinition>(endpoint: E, input?: CallInput<E>): Promise<AnswerOf<E>> {
    return (await this.exchange(endpoint, input)).body;
  }

  /** Calls an endpoint that must refuse. @returns its problem. @throws when it does not refuse with one. */
  async refusal<E extends EndpointDefinition>(endpoint: E, input?: CallInput<E>): Promise<ProblemBody> {
    try {
      await this.exchange(endpoint, input);
    } catch (error) {
      if (error instanceof ApiError && error.problem !== undefined) return error.problem;
      throw error;
    }
    throw new Error(`${endpoint.name} was to refuse, and answered.`);
  }

  /** Makes an account with an address of its own, as an administrator, and logs it in; this caller stays who it is. */
  async register(role: "customer" | "vendor", name = `A ${role}`): Promise<ApiClient> {
    const email = `${role}-${randomUUID()}@example.com`;
    const password = newPassword();
    await this.call(createUser, { body: { email, password, name, roles: [role] } });
    return await this.logIn({ email, password });
  }

  /** @returns the API as this account meets it. */
  async logIn(login: { readonly email: string; readonly password: string }): Promise<ApiClient> {
    const { email, password } = login;
    return new ApiClient(this.gatewayUrl, await this.call(logIn, { body: { email, password } }));
  }

  /** @returns the same account with new tokens, its refresh token spent. */
  async refreshed(): Promise<ApiClient> {
    const { refreshToken } = this.tokens;
    return new ApiClient(this.gatewayUrl, await this.call(refreshSession, { body: { refreshToken } }));
  }

  /** Books, under an idempotency key of its own unless one is given. */
  async book(
    asked: AskedBooking,
    options: { readonly waitSeconds?: number; readonly idempotencyKey?: string } = {},
  ): Promise<BookingView> {
    return await this.call(createBooking, { body: asked, idempotencyKey: randomUUID(), ...options });
  }
}
