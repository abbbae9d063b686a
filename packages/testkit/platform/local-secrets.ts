import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const secretsSchema = z.object({
  keyEncryptionSecret: z.string().min(32),
  notificationClientSecret: z.string().min(16),
  gatewayClientSecret: z.string().min(16),
  catalogClientSecret: z.string().min(16),
  bookingClientSecret: z.string().min(16),
  paymentClientSecret: z.string().min(16),
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
    catalogClientSecret: random(),
    bookingClientSecret: random(),
    paymentClientSecret: random(),
    stripeApiKey: `sk_test_${randomBytes(16).toString("hex")}`,
    stripeWebhookSecret: `whsec_${randomBytes(16).toString("hex")}`,
    openidClientSecret: random(),
  };
}

/**
 * The secrets kept in this folder, made at its first start: what is encrypted with them must be readable at the second.
 * A file of an earlier version gains what it lacks.
 * @throws when the file is there and is not what was written.
 */
export async function localSecrets(dataDir: string): Promise<LocalSecrets> {
  const file = join(dataDir, "secrets.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) {
    const made = newSecrets();
    await writeFile(file, written(made), { mode: 0o600, flag: "wx" });
    return made;
  }
  const kept = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  const secrets = secretsSchema.parse({ ...newSecrets(), ...kept });
  if (Object.keys(secrets).every((name) => name in kept)) return secrets;
  // In place of the file at once: a start that is cut short leaves the old one.
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, written(secrets), { mode: 0o600 });
  await rename(beside, file);
  return secrets;
}

function written(secrets: LocalSecrets): string {
  return `${JSON.stringify(secrets, undefined, 2)}\n`;
}
