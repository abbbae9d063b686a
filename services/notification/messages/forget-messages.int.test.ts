import { idBefore } from "@holdfast/chassis/id-age";
import { openMigratedDatabase } from "@holdfast/chassis/migrated-database.fixture";
import { expect, test } from "vitest";
import type { NotificationTables } from "../database.ts";
import { forgetMessages } from "./forget-messages.ts";

const dayMs = 86_400_000;

test("a message is forgotten 90 days after it was written, unless it still waits to be sent", async () => {
  const migrations = new URL("../migrations/", import.meta.url);
  await using database = await openMigratedDatabase<NotificationTables>("notification", migrations);
  const { db, pool } = database;
  const write = (booking: string, days: number, status: "waiting" | "sent" | "failed") =>
    pool.query(
      `insert into messages (message_id, user_id, template, booking_id, booking_version, data, status, created_at, sent_at)
       values ($1, 'usr', 'booking-confirmed', $2, 1, '{}', $3, now(), case when $3 = 'sent' then now() end)`,
      [idBefore("msg", days * dayMs), booking, status],
    );
  await write("sent long ago", 94, "sent");
  await write("given up long ago", 93, "failed");
  await write("waiting for long", 92, "waiting");
  await write("sent lately", 89, "sent");
  expect(await forgetMessages(db)).toBe(false);
  const { rows } = await pool.query<{ booking_id: string }>(
    "select booking_id from messages order by message_id",
  );
  expect(rows.map((row) => row.booking_id)).toEqual(["waiting for long", "sent lately"]);
});
