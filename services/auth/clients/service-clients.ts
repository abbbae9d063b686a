/** Services that may ask for a token in their own name. */
import { createHash, timingSafeEqual } from "node:crypto";

export interface ServiceClients {
  /** Is that the client's secret? Takes the same time whatever is wrong. */
  knows(clientId: string, clientSecret: string): boolean;
}

/** Client ids with their secrets. */
export function createServiceClients(secrets: Readonly<Record<string, string>>): ServiceClients {
  const digests = new Map(Object.entries(secrets).map(([id, secret]) => [id, digest(secret)]));
  const nobody = Buffer.alloc(32);
  return {
    knows: (clientId, clientSecret) => {
      const matches = timingSafeEqual(digest(clientSecret), digests.get(clientId) ?? nobody);
      return matches && digests.has(clientId);
    },
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
