import { expect, test } from "vitest";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { A, B, world } from "./support.ts";

const HTTP = { host: "192.0.2.8", port: 3128 };
const SOCKS = { host: "192.0.2.9", port: 1080 };
const SUCCEEDED = "SUCCESS: proxy command succeeded";
const FAILED = "ERROR: proxy command failed";
type World = ReturnType<typeof world>;

/** A client at its first question for a proxy; the proxies and its servers are up. */
function asked(options: Partial<ClientOptions> = {}, login?: { answers: 401 | 407 }): World {
  const client = world({ remotes: [B, A], queryRemote: false, queryProxy: true, ...options }, ["up", "up"]);
  const needed = login ? { login: { username: "bob", password: "pw", ...login } } : {};
  client.network.setProxy(HTTP.host, HTTP.port, { kind: "HTTP", ...needed });
  client.network.setProxy(SOCKS.host, SOCKS.port, { kind: "SOCKS", ...needed });
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.heard();
  return client;
}

/** Sends them, and what came of it in ten seconds: the replies, and where it is connected to. */
function answered({ controller, clock }: World, ...commands: readonly string[]): string[] {
  controller.send(...commands);
  clock.advance(10_000);
  return controller
    .heard()
    .filter((line) => !/TCP_CONNECT|WAIT|AUTH,|ASSIGN_IP|hold release succeeded/.test(line))
    .map((line) => /CONNECTED,SUCCESS,[^,]*,([^,]*,\d+)/.exec(line)?.[1] ?? line);
}

test("An HTTP and a SOCKS proxy are gone through", () => {
  expect(answered(asked(), "proxy HTTP 192.0.2.8 3128")).toEqual([SUCCEEDED, "192.0.2.8,3128"]);
  expect(answered(asked(), "proxy SOCKS 192.0.2.9 1080")).toEqual([SUCCEEDED, "192.0.2.9,1080"]);
  expect(answered(asked(), "proxy NONE")).toEqual([SUCCEEDED, "192.0.2.2,443"]);
});

test.each(["proxy HTTP", "proxy HTTP 192.0.2.8", "proxy http 192.0.2.8 3128", "proxy HTTPS 192.0.2.8 3128"])(
  "A wrong answer goes direct: %s",
  (command) => {
    expect(answered(asked(), command)).toEqual([FAILED, "192.0.2.2,443"]);
  },
);

test("HTTP for a UDP remote is refused, and the question stays open", () => {
  const client = asked({ remotes: [A] });
  expect(answered(client, "proxy HTTP 192.0.2.8 3128")).toEqual([FAILED]);
  expect(client.daemon.question).toBe(">PROXY:1,UDP,192.0.2.1");
  expect(answered(client, "proxy SOCKS 192.0.2.9 1080")).toEqual([SUCCEEDED, "192.0.2.1,1194"]);
});

test("A second answer within the tick counts, but HTTP comes before SOCKS", () => {
  expect(answered(asked(), "proxy HTTP 192.0.2.8 3128", "proxy SOCKS 192.0.2.9 1080")).toEqual([
    SUCCEEDED,
    SUCCEEDED,
    "192.0.2.8,3128",
  ]);
  expect(answered(asked(), "proxy SOCKS 192.0.2.9 1080", "proxy SOCKS 192.0.2.9 1")).toEqual([
    SUCCEEDED,
    SUCCEEDED,
    ">STATE:RECONNECTING,connection-failed,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
});

test("An answer to REMOTE may bring a proxy with it, for this attempt", () => {
  const client = asked({ queryRemote: true, remotes: [B] });
  expect(answered(client, "proxy HTTP 192.0.2.8 3128", "remote ACCEPT").at(-1)).toBe("192.0.2.8,3128");
  client.controller.send("signal SIGUSR1");
  client.clock.advance(100);
  client.controller.send("hold release");
  client.clock.advance(0);
  client.controller.heard();
  expect(answered(client, "remote ACCEPT").at(-1)).toBe("192.0.2.2,443");
});

test("A proxy of the configuration stays for NONE; what is put in its place stays too", () => {
  const remotes = [{ ...B, proxy: { kind: "HTTP", ...HTTP } } as const];
  const client = asked({ remotes });
  client.network.setProxy("192.0.2.7", 8080, { kind: "HTTP" });
  const again = (): void => {
    client.controller.send("signal SIGUSR1");
    client.clock.advance(100);
    client.controller.send("hold release");
    client.clock.advance(0);
    client.controller.heard();
  };
  expect(answered(client, "proxy NONE").at(-1)).toBe("192.0.2.8,3128");
  again();
  expect(answered(client, "proxy HTTP 192.0.2.7 8080").at(-1)).toBe("192.0.2.7,8080");
  again();
  expect(answered(client, "proxy NONE").at(-1)).toBe("192.0.2.7,8080");
});

test("With nct no password is asked, and none is sent", () => {
  expect(answered(asked({}, { answers: 407 }), "proxy HTTP 192.0.2.8 3128 nct").slice(0, 2)).toEqual([
    SUCCEEDED,
    ">STATE:RECONNECTING,HTTP proxy error,,,,,",
  ]);
});

test("A wrong password is never asked again, not after forget-passwords nor SIGHUP, and makes a storm", () => {
  const client = asked({ remotes: [B], connectTimeout: 3_000 }, { answers: 407 });
  const { controller, clock } = client;
  controller.send("proxy HTTP 192.0.2.8 3128");
  clock.advance(1_000);
  controller.send('username "HTTP Proxy" bob', 'password "HTTP Proxy" no');
  clock.advance(3_000);
  const storm = controller.heard().filter((line) => line.includes("TCP_CONNECT"));
  expect(storm.length).toBeGreaterThan(2_000);
  for (const signal of ["SIGUSR1", "SIGHUP"]) {
    controller.send("forget-passwords", "hold release");
    clock.advance(2_000);
    controller.send(`signal ${signal}`);
    clock.advance(2_000);
    controller.send("hold release");
    clock.advance(2_000);
    controller.send("proxy HTTP 192.0.2.8 3128");
    clock.advance(5_000);
  }
  expect(controller.heard().filter((line) => line.startsWith(">PASSWORD"))).toEqual([]);
});

test("A SOCKS proxy of the configuration may ask; one that the controller names never does", () => {
  const remotes = [{ ...B, proxy: { kind: "SOCKS", ...SOCKS, login: true } } as const];
  const client = asked({ remotes, queryProxy: false }, { answers: 401 });
  expect(client.daemon.question).toBe(">PASSWORD:Need 'SOCKS Proxy' username/password");
  const told = answered(client, 'username "SOCKS Proxy" bob', 'password "SOCKS Proxy" pw');
  expect(told.at(-1)).toBe("192.0.2.9,1080");
  expect(answered(asked({}, { answers: 401 }), "proxy SOCKS 192.0.2.9 1080")).toContain(
    ">STATE:RECONNECTING,socks-error,,,,,",
  );
});

test("A signal while a proxy's password is asked is the end", () => {
  const client = asked({}, { answers: 407 });
  client.controller.send("proxy HTTP 192.0.2.8 3128");
  client.clock.advance(1_000);
  client.controller.send("signal SIGUSR1");
  client.clock.advance(100);
  expect(client.controller.heard().at(-1)).toBe(
    ">FATAL:ERROR: could not read HTTP Proxy username/password/ok/string from management interface",
  );
  expect(client.daemon.exitCode).toBe(1);
});
