/** The same call with something else in it that the endpoint takes as well. */
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { type IdPrefix, idPrefixes, newId } from "@holdfast/contracts/ids";
import { paramNames } from "../matrix/attempts.ts";
import type { Unusual } from "./act.ts";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isInstant = (text: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
const isPrefix = (text: string): text is IdPrefix => text in idPrefixes;

/** Other values of the same kind. */
function* othersLike(value: unknown): Generator<unknown> {
  if (typeof value === "number") yield value + 1;
  if (typeof value === "boolean") yield !value;
  if (Array.isArray(value) && value.length > 1) yield value.slice(1);
  if (Array.isArray(value)) for (const one of othersLike(value[0])) yield [one, ...value.slice(1)];
  if (isObject(value)) yield* variants(value);
  if (typeof value !== "string") return;
  if (isInstant(value)) yield Temporal.Instant.from(value).add({ hours: 1 }).toString();
  const prefix = value.slice(0, 3);
  if (value[3] === "_" && isPrefix(prefix)) yield newId(prefix);
  if (value.startsWith("pm_")) yield "pm_1Another";
  yield `other-${value}`;
  yield `${value}x`;
}

/** Each with one member that is another. */
function* variants(body: Readonly<Record<string, unknown>>): Generator<Readonly<Record<string, unknown>>> {
  for (const [name, value] of Object.entries(body))
    for (const other of othersLike(value)) yield { ...body, [name]: other };
}

/** Words that only one value of theirs is known of. */
const known: Readonly<Record<string, Unusual>> = {
  setUserRoles: { body: { roles: ["customer"] } },
  setUserStatus: { body: { status: "suspended", reason: "Because." } },
  rotateSigningKey: { body: { reason: "compromised" } },
  rotateApiKey: { body: { previousWorksForHours: 1 } },
  endAllSessions: { query: {} },
  changeFeed: { body: { whenStale: "close" } },
  confirmSecondFactor: { body: { code: "000000" } },
};

/** Undefined where the call says nothing but its address, and that has no parameter. */
export function otherContent(
  { name, body: schema, path }: EndpointDefinition,
  { body, ids = {} }: Unusual,
): Unusual | undefined {
  if (name in known) return known[name];
  if (schema !== undefined && isObject(body))
    for (const variant of variants(body)) if (schema.safeParse(variant).success) return { body: variant };
  const param = paramNames({ path }).at(-1);
  if (param === undefined) return undefined;
  const [other] = othersLike(ids[param]);
  return { ids: { ...ids, [param]: String(other) } };
}
