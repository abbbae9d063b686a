/** Passwords are kept as argon2id hashes; hashing is slow and large on purpose, so only a few are worked on at once. */
import { randomBytes } from "node:crypto";
import { unavailable } from "@holdfast/chassis/problems";
import { hash, type Options, verify } from "@node-rs/argon2";

/** What a hash takes, by the name of the setting. The algorithm is argon2id where none is named. */
const costs = {
  /** 19 MiB, two passes, one lane: the first of OWASP's choices. */
  owasp: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
  /** Next to nothing, for tests: whoever has such a hash has the password. */
  quick: { memoryCost: 64, timeCost: 1, parallelism: 1 },
} as const satisfies Readonly<Record<string, Options>>;

export type PasswordHashing = keyof typeof costs;

/** How a PHC string of these parameters begins; what follows is salt and hash. */
function phcPrefix({ memoryCost, timeCost, parallelism }: (typeof costs)[PasswordHashing]): string {
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`;
}

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
  readonly hashing: PasswordHashing;
  /** Hashes worked on at the same time; each takes a thread of libuv's pool and, as OWASP has it, 19 MiB. */
  readonly atOnce: number;
  /** Callers that may wait for their turn; more are refused. */
  readonly maxWaiting: number;
}

export async function createPasswordHasher(options: PasswordHasherOptions): Promise<PasswordHasher> {
  const inTurn = takeTurns(options);
  const parameters = costs[options.hashing];
  const present = phcPrefix(parameters);
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

function takeTurns({ atOnce, maxWaiting }: Pick<PasswordHasherOptions, "atOnce" | "maxWaiting">) {
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
