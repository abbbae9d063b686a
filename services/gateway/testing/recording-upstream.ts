/** A real HTTP server that stands where a service would, and remembers what reached it. For tests. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** What had arrived of the body, all of it once the request was answered by `reply`. */
  body: string;
  /** The connection ended before the answer did. */
  aborted: boolean;
}

export interface RecordingUpstream extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Connections it has taken so far. */
  readonly connections: number;
  /** How it answers from now on. */
  reply(how: (incoming: IncomingMessage, outgoing: ServerResponse, received: Received) => void): void;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** Starts it on a free port; it answers 200 with an empty object until told otherwise. */
export async function startUpstream(): Promise<RecordingUpstream> {
  const received: Received[] = [];
  let connections = 0;
  let answer: Parameters<RecordingUpstream["reply"]>[0] = (incoming, outgoing) => {
    incoming.resume();
    incoming.once("end", () => outgoing.writeHead(200, { "content-type": "application/json" }).end("{}"));
  };
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    const record: Received = { method, url, headers, body: "", aborted: false };
    received.push(record);
    incoming.on("data", (chunk: Buffer) => {
      record.body += chunk.toString("latin1");
    });
    outgoing.once("close", () => {
      record.aborted = !outgoing.writableFinished;
    });
    answer(incoming, outgoing, record);
  });
  server.on("connection", () => {
    connections += 1;
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    get connections() {
      return connections;
    },
    reply: (how) => {
      answer = how;
    },
    stop,
    restart: async () => void (await listen(port)),
    [Symbol.asyncDispose]: stop,
  };
}
