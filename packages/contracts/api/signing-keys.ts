/** The keys access tokens are signed with. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { utcInstant } from "../values.ts";

/** A signing key and what it is used for now. */
export const signingKeyView = z
  .object({
    kid: z.string(),
    state: z.enum(["published", "signing", "verifying"]).meta({
      description:
        "`published`: others learn of it, it does not sign yet; `signing`: signs; `verifying`: tokens it signed may still live",
    }),
    createdAt: utcInstant,
    signsFrom: utcInstant,
    publishedUntil: utcInstant.nullable(),
  })
  .meta({ id: "SigningKey" });
export type SigningKeyView = z.infer<typeof signingKeyView>;

export const listSigningKeys = defineEndpoint({
  name: "listSigningKeys",
  service: "auth",
  method: "get",
  path: "/v1/operations/signing-keys",
  summary: "The signing keys that are published, newest first",
  access: "signing-key:manage:any",
  answers: {
    status: 200,
    description: "The keys",
    body: z.object({ items: z.array(signingKeyView) }),
  },
});

export const rotateSigningKey = defineEndpoint({
  name: "rotateSigningKey",
  service: "auth",
  method: "post",
  path: "/v1/operations/signing-keys/rotations",
  summary: "Make the next signing key now",
  description:
    "It is published first and signs once everybody has had the time to learn of it. `compromised`: it signs at once, and what the keys before it signed is refused.",
  access: "signing-key:manage:any",
  stepUp: true,
  body: z.strictObject({ reason: z.enum(["routine", "compromised"]) }),
  answers: { status: 201, description: "The new key", body: signingKeyView },
  problems: ["auth/rotation-too-soon"],
});
