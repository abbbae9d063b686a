/** JSON Schemas as they are published: exact where the zod schemas are exact, and short enough to be read. */
import { z } from "zod";
import { envelopeSchema, type EventDefinition } from "../define-event.ts";
import { idPrefixes } from "../ids.ts";

/** A JSON Schema object (draft 2020-12), or a part of one. */
export type JsonSchema = { [keyword: string]: unknown };

const dialect = "https://json-schema.org/draft/2020-12/schema";

/** What `z.toJSONSchema` writes for a typed id, whose tail is checked by a refinement that it cannot see. */
const looseIdPattern = /^\^([a-z]{3})_\[\\s\\S\]\{0,\}\$$/;

/**
 * Makes what zod generated readable: an id's exact pattern, no regular expression where a format says it, and no
 * bound that only says "a safe integer".
 */
export function tidySchema(schema: JsonSchema): void {
  const prefix =
    typeof schema["pattern"] === "string" ? looseIdPattern.exec(schema["pattern"])?.[1] : undefined;
  if (prefix !== undefined && prefix in idPrefixes)
    schema["pattern"] = `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`;
  if (typeof schema["format"] === "string" && schema["type"] === "string") delete schema["pattern"];
  if (schema["maximum"] === Number.MAX_SAFE_INTEGER) delete schema["maximum"];
  if (schema["minimum"] === Number.MIN_SAFE_INTEGER) delete schema["minimum"];
  // A record's keys are listed under `propertyNames`; tools want those that are required among its properties.
  if (schema["propertyNames"] !== undefined) delete schema["required"];
}

/**
 * Leaves of what stands beside a reference its description alone: a named schema that is described where it is used
 * would be written half out there, and the rest is what its name says already.
 */
export function tidyReferences(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  if ("$ref" in part) {
    for (const keyword of Object.keys(part) as (keyof typeof part)[])
      if (!["$ref", "description"].includes(keyword)) delete part[keyword];
    return;
  }
  for (const inner of Object.values(part)) tidyReferences(inner);
}

/** The schemas a schema is made of, one level down. */
function parts(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return Object.values(def.shape);
    case "array":
      return [def.element];
    case "union":
      return [...def.options];
    case "pipe":
      return [def.in, def.out];
    case "record":
      return [def.keyType, def.valueType];
    case "optional":
    case "nullable":
    case "default":
      return [def.innerType];
    default:
      return [];
  }
}

/**
 * Takes the component name off every typed id in a schema, so that ids are written where they are used.
 * Each `id("usr")` is a schema of its own under the one name `UsrId`, and zod refuses a name that two schemas have.
 */
export function writeIdsInPlace(schema: z.core.$ZodType, seen = new Set<z.core.$ZodType>()): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  if ((schema as z.core.$ZodTypes)._zod.def.type === "template_literal") {
    const { id: _name, ...described } = z.globalRegistry.get(schema) ?? {};
    z.globalRegistry.add(schema, described);
    // An id with a description of its own is a copy of the one without.
    if (schema._zod.parent) writeIdsInPlace(schema._zod.parent, seen);
  }
  for (const part of parts(schema)) writeIdsInPlace(part, seen);
}

/**
 * The JSON Schema of a whole event as it travels. It is open at every level: a reader must ignore what it does not
 * know, for a later version of the event may say more.
 */
export function eventJsonSchema(event: EventDefinition): JsonSchema {
  const envelope = envelopeSchema(event);
  writeIdsInPlace(envelope);
  const { $schema: _dialect, ...schema } = z.toJSONSchema(envelope, {
    io: "output",
    override: ({ jsonSchema }) => {
      tidySchema(jsonSchema);
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { $schema: dialect, title: event.type, description: event.description, ...schema };
}
