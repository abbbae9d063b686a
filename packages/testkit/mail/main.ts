import { once } from "node:events";
import { z } from "zod";
import { startMailInbox } from "./mail-inbox.ts";

const port = z.coerce.number().int().min(0).max(65_535).default(0);
const { SMTP_PORT, HTTP_PORT } = z.object({ SMTP_PORT: port, HTTP_PORT: port }).parse(process.env);

await using inbox = await startMailInbox({ smtpPort: SMTP_PORT, httpPort: HTTP_PORT });
console.log(`Mail: ${inbox.smtpUrl}, read at ${inbox.httpUrl}`);
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
