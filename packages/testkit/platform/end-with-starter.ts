/**
 * Loaded before a supervised process's own code: when the process that started it is gone, however it went, this one goes
 * too. What it had in hand is taken up by the next start, as after any crash.
 */
process.on("disconnect", () => process.exit(1));
// Listening holds the channel open, and an open channel would keep a process alive that has nothing left to do.
process.channel?.unref();
