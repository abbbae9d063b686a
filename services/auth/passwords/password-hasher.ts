/** Passwords are kept as argon2id hashes; hashing is slow and large on purpose, so only a few are worked on at once. */
import { randomBytes } from "node:crypto";
import { unavailable } from "@holdfast/chassis/problems";
import { hash, type Options, verify } from "@node-rs/argon2";

/** 19 MiB, two passes, one lane: the first of OWASP's choices. The algorithm is argon2id where none is named. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const satisfies Options;

/** How a PHC string of these parameters begins; what follows is salt and hash. */
const present = `$argon2id$v=19$m=${parameters.memoryCost},t=${parameters.timeCost},p=${parameters.parallelism}$`;

export interface PasswordHasher {
  /**
   * The hash to keep, as a PHC string with its own random salt.
   * @throws serviceUnavailable when too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Does the password belong to that hash? Without a hash the answer is no and takes as long, so that nobody can tell
   * from the time whether an account exists.
   * @throws serviceUnavailable when too many wait
   */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /** Was it made by another algorithm or with other parameters than passwords are hashed with now? */
  needsRehash(hash: string): boolean;
}

export interface PasswordHasherOptions {
  /** Hashes worked on at the same time; each takes 19 MiB and a thread of libuv's pool. */
  readonly atOnce: number;
  /** Callers that may wait for their turn; more are refused. */
  readonly maxWaiting: number;
}

export async function createPasswordHasher(options: PasswordHasherOptions): Promise<PasswordHasher> {
  const inTurn = takeTurns(options);
  const nobody = await hash(randomBytes(32), parameters);
  return {
    hash: (password) => inTurn(() => hash(password, parameters)),
    verify: async (kept, password) => {
      const matches = await inTurn(() => verify(kept ?? nobody, password));
      return matches && kept !== undefined;
    },
    needsRehash: (kept) => !kept.startsWith(present),
  };
}

function takeTurns({ atOnce, maxWaiting }: PasswordHasherOptions) {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy < atOnce) busy += 1;
    else if (waiting.length >= maxWaiting) throw unavailable("Too many are logging in right now.");
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // A turn that is handed over stays counted.
      if (next === undefined) busy -= 1;
      else next();
    }
  };
}
