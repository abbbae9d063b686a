/** Debian's nginx as a proxy in front of one address: what a gateway in C that checks nothing costs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { drawFreePort } from "@holdfast/testkit/servers/ports";
import { findProgram } from "@holdfast/testkit/servers/programs";
import { until } from "@holdfast/testkit/until";

const run = promisify(execFile);
const installMs = 300_000;

/** A proxy that runs, or why there is none. */
export type Nginx = { readonly url: string; readonly version: string } | { readonly missing: string };

/** Where it is; it is installed where that needs no question. */
async function programOrReason(): Promise<{ program: string } | { missing: string }> {
  const found = await findProgram("nginx");
  if (found !== undefined) return { program: found };
  if (process.getuid?.() !== 0 || (await findProgram("apt-get")) === undefined)
    return { missing: "nginx is not on this machine, and installing it needs root and apt" };
  try {
    // A daemon of its own is not wanted: policy-rc.d of the invocation alone forbids its start.
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "nginx-light"], {
      env,
      timeout: installMs,
    });
  } catch (error) {
    return { missing: `apt could not install nginx: ${error instanceof Error ? error.message : "unknown"}` };
  }
  const installed = await findProgram("nginx");
  return installed === undefined ? { missing: "apt installed no nginx" } : { program: installed };
}

/** One worker, connections kept on both sides, nothing logged, answers passed on as they come. */
function configOf(folder: string, port: number, target: URL, connections: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  return `
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; ${temporary}
  keepalive_requests 1000000;
  upstream service { server ${target.host}; keepalive ${connections}; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://service; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto http;
    }
  }
}`;
}

/** Starts it in front of that address; it ends with what is given to `owned`. */
export async function startNginx(
  owned: AsyncDisposableStack,
  target: URL,
  connections: number,
): Promise<Nginx> {
  const found = await programOrReason();
  if ("missing" in found) return found;
  const folder = await mkdtemp(join(tmpdir(), "holdfast-nginx-"));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await drawFreePort();
  await writeFile(join(folder, "nginx.conf"), configOf(folder, port, target, connections));
  const { stderr: version } = await run(found.program, ["-v"]);
  const child = spawn(
    found.program,
    ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")],
    {
      stdio: "ignore",
    },
  );
  const gone = once(child, "exit");
  owned.defer(async () => {
    child.kill();
    await gone;
  });
  const url = `http://127.0.0.1:${port}`;
  await until("nginx to answer", async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    return await fetch(url).then(
      (answered) => answered.body?.cancel().then(() => true) ?? true,
      () => false,
    );
  });
  return { url, version: version.trim().replace(/^nginx version: /, "") };
}
