import { connect } from "node:net";

const exchangeMs = 2_000;
const maxReplyBytes = 16_384;

/**
 * Says one thing to a server and returns its first line.
 * @throws Error when it is not reachable, hangs up, or says nothing within two seconds.
 */
export function firstLine(host: string, port: number, greeting: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let reply = "";
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(exchangeMs, () => fail(new Error("no answer")));
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("hung up")));
    socket.on("connect", () => void socket.write(greeting));
    socket.on("data", (chunk) => {
      reply += chunk.toString("latin1");
      const end = reply.indexOf("\r\n");
      if (end === -1 && reply.length < maxReplyBytes) return;
      resolve(reply.slice(0, end === -1 ? undefined : end));
      socket.destroy();
    });
  });
}
