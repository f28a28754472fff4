import { createServer, type Socket } from "node:net";
import { writeFileSync } from "node:fs";
import { type Lab, type Process, until } from "./lab.ts";

/** Real proxies, each with an outgoing address of its own: by it a server tells which way a client came. */
export const OUTGOING = { tinyproxy: "127.0.0.2", microsocks: "127.0.0.3", danted: "127.0.0.4" } as const;

/** An HTTP proxy; with `login` (user:password) it asks for one. */
export async function tinyproxy(lab: Lab, port: number, login?: string): Promise<Process> {
  const [user, password] = login?.split(":") ?? [];
  const config = lab.path(`tinyproxy-${port}.conf`);
  writeFileSync(
    config,
    [
      `Port ${port}`,
      "Listen 127.0.0.1",
      `Bind ${OUTGOING.tinyproxy}`,
      "Timeout 600",
      "LogLevel Info",
      "MaxClients 20",
      ...(login === undefined ? [] : [`BasicAuth ${user} ${password}`]),
      "",
    ].join("\n"),
  );
  const process = lab.start(`tinyproxy-${port}`, "tinyproxy", ["-d", "-c", config]);
  await listening(port);
  return process;
}

/** A SOCKS proxy for TCP. */
export async function microsocks(lab: Lab, port: number): Promise<Process> {
  const args = ["-i", "127.0.0.1", "-p", String(port), "-b", OUTGOING.microsocks];
  const process = lab.start(`microsocks-${port}`, "microsocks", args);
  await listening(port);
  return process;
}

/** A SOCKS proxy for TCP and UDP. */
export async function danted(lab: Lab, port: number): Promise<Process> {
  const config = lab.path(`danted-${port}.conf`);
  writeFileSync(
    config,
    `logoutput: stderr
internal: 127.0.0.1 port = ${port}
external: ${OUTGOING.danted}
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
`,
  );
  const process = lab.start(`danted-${port}`, "danted", ["-f", config]);
  await listening(port);
  return process;
}

/** An HTTP proxy that refuses every password, as NTLM proxies do; `tries` counts. */
export async function refusingProxy(port: number): Promise<{ tries(): number; close(): void }> {
  let tries = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (!text.includes("\r\n\r\n")) return;
      text = "";
      tries++;
      socket.end(
        'HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\nConnection: close\r\n\r\n',
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return {
    tries: () => tries,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

async function listening(port: number): Promise<void> {
  const { connect } = await import("node:net");
  for (const deadline = Date.now() + 10_000; ;) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isUp) return;
    await until("a moment", 100, () => undefined).catch(() => undefined);
    if (Date.now() > deadline) throw new Error(`Nothing listens on ${port}`);
  }
}
