import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const secretsSchema = z.object({
  keyEncryptionSecret: z.string().min(32),
  notificationClientSecret: z.string().min(16),
  gatewayClientSecret: z.string().min(16),
  stripeApiKey: z.string().startsWith("sk_test_"),
  stripeWebhookSecret: z.string().startsWith("whsec_"),
  openidClientSecret: z.string().min(16),
});

/** What the services of one local platform know of each other and of the stand-ins. */
export type LocalSecrets = Readonly<z.infer<typeof secretsSchema>>;

function newSecrets(): LocalSecrets {
  const random = (): string => randomBytes(24).toString("base64url");
  return {
    keyEncryptionSecret: random(),
    notificationClientSecret: random(),
    gatewayClientSecret: random(),
    stripeApiKey: `sk_test_${randomBytes(16).toString("hex")}`,
    stripeWebhookSecret: `whsec_${randomBytes(16).toString("hex")}`,
    openidClientSecret: random(),
  };
}

/**
 * The secrets kept in this folder, made at its first start: what is encrypted with them must be readable at the second.
 * @throws when the file is there and is not what was written.
 */
export async function localSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = join(dataDir, "secrets.json");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined) return secretsSchema.parse(JSON.parse(kept));
  const made = newSecrets();
  await writeFile(file, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  return made;
}
