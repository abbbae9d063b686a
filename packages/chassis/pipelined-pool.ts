/**
 * Fewer round trips and less planning under kysely.
 * `begin` is sent with the statement that follows it, and a deferred statement with the `commit` that follows it;
 * a statement seen before is prepared under a name, so Postgres parses and plans it once a connection.
 */
import type { Socket } from "node:net";
import {
  type CompiledQuery,
  CompiledQuery as Compiled,
  type PostgresPool,
  type PostgresPoolClient,
} from "kysely";
import type pg from "pg";

const deferredMark = "/*deferred*/ ";
const namedStatementsMax = 512;
const usesBeforeNaming = 3;
const statementTooLongToCount = 20_000;

/**
 * A statement whose result nobody waits for: executing it inside a transaction returns at once with no rows,
 * and its error, if any, is thrown by the next statement or by the commit.
 */
export function deferred(sql: string, parameters: readonly unknown[]): CompiledQuery {
  return Compiled.raw(deferredMark + sql, [...parameters]);
}

/** Gives a name to statements that come back; a statement Postgres refused to reuse is never named again. */
class StatementNames {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string | null>();
  readonly #enabled: boolean;

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  nameOf(sql: string): string | null {
    if (!this.#enabled || sql.length > statementTooLongToCount) return null;
    const known = this.#names.get(sql);
    if (known !== undefined) return known;
    if (this.#names.size >= namedStatementsMax) return null;
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    if (uses < usesBeforeNaming) {
      if (this.#uses.size >= namedStatementsMax) this.#uses.clear();
      this.#uses.set(sql, uses);
      return null;
    }
    this.#uses.delete(sql);
    const name = `holdfast_${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }

  forget(sql: string): void {
    this.#names.set(sql, null);
  }
}

interface Result {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: unknown[];
}

const nothingYet: Result = { command: "SELECT", rowCount: 0, rows: [] };

function isStalePlan(error: unknown): boolean {
  return error instanceof Error && error.message.includes("cached plan must not change result type");
}

/** One connection as kysely sees it. */
class PipelinedClient {
  readonly #client: pg.PoolClient;
  readonly #names: StatementNames;
  /** Statements sent in this transaction whose results have not been looked at. */
  #unanswered: Promise<unknown>[] = [];
  #firstFailure: unknown = null;
  #holding = false;

  constructor(client: pg.PoolClient, names: StatementNames) {
    this.#client = client;
    this.#names = names;
  }

  /** `pg` does not publish its socket, and corks it itself around the messages of one statement. */
  get #stream(): Socket {
    return (this.#client as unknown as { readonly connection: { readonly stream: Socket } }).connection
      .stream;
  }

  get processID(): number {
    return (this.#client as unknown as { processID: number }).processID;
  }

  release(destroy?: boolean): void {
    this.#unanswered = [];
    this.#firstFailure = null;
    this.#client.release(destroy);
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<Result> {
    if (sql === "begin" || sql.startsWith(deferredMark)) {
      this.#sendUnanswered(sql, parameters);
      return nothingYet;
    }
    if (sql === "commit" || sql === "rollback") return await this.#finish(sql);
    try {
      const answer = this.#send(sql, parameters);
      this.#letGo();
      return await answer;
    } catch (error) {
      throw this.#firstFailure ?? error;
    }
  }

  #sendUnanswered(sql: string, parameters: readonly unknown[]): void {
    this.#hold();
    const sent = this.#send(sql, parameters).catch((error: unknown) => {
      this.#firstFailure ??= error;
    });
    this.#unanswered.push(sent);
  }

  async #finish(sql: "commit" | "rollback"): Promise<Result> {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    try {
      const answer = this.#send(sql, []);
      this.#letGo();
      const result = await answer;
      await Promise.all(unanswered);
      if (sql === "commit" && this.#firstFailure !== null) throw this.#firstFailure;
      return result;
    } finally {
      this.#firstFailure = null;
    }
  }

  /** Keeps what is sent until the statement that somebody waits for, so that all of it is one packet and one system call. */
  #hold(): void {
    if (this.#holding) return;
    this.#holding = true;
    this.#stream.cork();
    setImmediate(() => this.#letGo());
  }

  #letGo(): void {
    if (!this.#holding) return;
    this.#holding = false;
    this.#stream.uncork();
  }

  async #send(sql: string, parameters: readonly unknown[]): Promise<Result> {
    if (parameters.length === 0) return await this.#client.query(sql);
    const name = this.#names.nameOf(sql);
    const values = parameters as unknown[];
    if (name === null) return await this.#client.query(sql, values);
    try {
      return await this.#client.query({ name, text: sql, values });
    } catch (error) {
      if (isStalePlan(error)) this.#names.forget(sql);
      throw error;
    }
  }
}

/** The pool that kysely is given in place of `pool`, which must have been made with `pipeline: true`. */
export function pipelinedPool(pool: pg.Pool, { named }: { readonly named: boolean }): PostgresPool {
  const names = new StatementNames(named);
  const wrapped = new WeakMap<pg.PoolClient, PipelinedClient>();
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      let own = wrapped.get(client);
      if (!own) wrapped.set(client, (own = new PipelinedClient(client, names)));
      return own as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}
