import { expect, test } from "vitest";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { type Demands, demanding } from "../../src/simulator/peer.ts";
import { A, world } from "./support.ts";

type World = ReturnType<typeof world>;

/** A client whose server has these demands, at its first question. */
function asked(demands: Demands, options: Partial<ClientOptions> = {}): World {
  // The peer counts on the clock of the world, which is made with it.
  const peer: { login: ClientOptions["peer"] } = { login: undefined };
  const client = world(
    {
      remotes: [A],
      hold: false,
      queryRemote: false,
      auth: {},
      peer: { login: (login, session) => peer.login?.login(login, session) },
      ...options,
    },
    ["up"],
  );
  peer.login = demanding(demands, client.clock);
  return client;
}

function login({ controller, clock }: World, name: string, password: string): string[] {
  controller.send(`username Auth ${name}`, `password Auth ${password}`);
  clock.advance(100);
  return controller.heard().filter((line) => !/SUCCESS: '|WAIT|AUTH,|ASSIGN_IP/.test(line));
}

const CONNECTED = ">STATE:CONNECTED,SUCCESS,10.8.0.6,192.0.2.1,1194,,";
const AGAIN = ">PASSWORD:Need 'Auth' username/password";

test("The right name and password are let in", () => {
  expect(login(asked({ users: { bob: "pw" } }), "bob", "pw")).toEqual([CONNECTED]);
});

test("A wrong one is told, with the server's reason; with auth-retry none the process ends", () => {
  const client = asked({ users: { bob: "pw" }, reason: "no, never" });
  expect(login(client, "bob", "no")).toEqual([
    ">PASSWORD:Verification Failed: 'Auth' ['no, never']",
    ">STATE:EXITING,auth-failure,,,,,",
  ]);
  expect(client.daemon.exitCode).toBe(0);
});

test("With auth-retry interact it is asked again after the pause", () => {
  const client = asked({ users: { bob: "pw" } }, { authRetry: "interact" });
  login(client, "eve", "pw");
  client.clock.advance(1_000);
  expect(client.controller.heard()).toEqual([AGAIN]);
  expect(login(client, "bob", "pw")).toEqual([CONNECTED]);
});

test("With auth-retry nointeract the same login is tried every ten seconds", () => {
  const client = asked({ users: { bob: "pw" } }, { authRetry: "nointeract" });
  login(client, "bob", "no");
  client.clock.advance(9_000);
  expect(client.controller.heard()).toEqual([]);
  client.clock.advance(1_000);
  expect(client.controller.heard()).toContain(">PASSWORD:Verification Failed: 'Auth'");
});

test("A dynamic challenge comes as a refusal and is answered as a password", () => {
  const client = asked(
    { users: { bob: "pw" }, challenge: { text: "PIN?", answer: "1234", echo: true } },
    { authRetry: "interact" },
  );
  const [refusal = ""] = login(client, "bob", "pw");
  expect(refusal).toMatch(/^>PASSWORD:Verification Failed: 'Auth' \['CRV1:R,E:[\w=]+:Ym9i:PIN\?'\]$/);
  client.clock.advance(1_000);
  client.controller.heard();
  expect(login(client, "bob", "CRV1::c2ltdWxhdGVk::1234")).toEqual([CONNECTED]);
});

test("A static challenge is asked with the password, and its answer goes with it", () => {
  const challenge = { text: "PIN?", echo: true, concat: true };
  const client = asked({ users: { bob: "pw" }, staticAnswer: "1234" }, { auth: { challenge } });
  expect(client.daemon.question).toBe(`${AGAIN} SC:1,PIN?`);
  expect(login(client, "bob", "SCRV1:cHc=:MTIzNA==")).toEqual([CONNECTED]);
  const later = asked(
    { users: { bob: "pw" }, staticAnswer: "1234" },
    { version: "2.7.0", auth: { challenge } },
  );
  expect(later.daemon.question).toBe(`${AGAIN} SC:3,PIN?`);
  expect(login(later, "bob", "pw1234")).toEqual([CONNECTED]);
});

test("A pending login has a state and a text, and a right response lets it in", () => {
  const client = asked({ pending: { info: "CR_TEXT:R,E:Code?", answer: "NDI=", wait: 60_000 } });
  expect(login(client, "bob", "pw")).toEqual([
    ">STATE:AUTH_PENDING,timeout 60,,,,,",
    ">INFOMSG:CR_TEXT:R,E:Code?",
  ]);
  client.controller.send("cr-response NDI=");
  client.clock.advance(1_500);
  expect(client.controller.heard()).toEqual(
    expect.arrayContaining(["SUCCESS: command succeeded", CONNECTED]),
  );
});

test("A pending login that nobody completes is refused when its time is over", () => {
  const client = asked({ pending: { info: "WEB_AUTH::https://x", answer: "y", wait: 3_000 } });
  login(client, "bob", "pw");
  client.clock.advance(3_000);
  expect(client.controller.heard()).toContain(">PASSWORD:Verification Failed: 'Auth'");
});

test("A text that does not fit its buffer is not told, but the state is", () => {
  const info = `WEB_AUTH::https://${"x".repeat(240)}`;
  expect(login(asked({ pending: { info, wait: 1_000 } }), "bob", "pw")).toEqual([
    ">STATE:AUTH_PENDING,timeout 1,,,,,",
  ]);
  const old = asked({ pending: { info: "CR_TEXT:R:x", wait: 1_000 } }, { version: "2.5.9" });
  expect(login(old, "bob", "pw")).toEqual([">INFOMSG:CR_TEXT:R:x"]);
});

test("A token is told and used instead of the password; refused, it is dropped and the login tried again", () => {
  const seen: string[] = [];
  const client = asked(
    {},
    {
      peer: {
        login: ({ password }, session) => {
          seen.push(password);
          if (password === "TOKEN") session.deny();
          else session.accept({ token: "TOKEN" });
        },
      },
    },
  );
  expect(login(client, "bob", "pw")).toEqual([">PASSWORD:Auth-Token:TOKEN", CONNECTED]);
  client.controller.send("signal SIGUSR1");
  client.clock.advance(3_000);
  expect(client.controller.heard()).toContain(">STATE:RECONNECTING,auth-failure (auth-token),,,,,");
  expect(seen).toEqual(["pw", "TOKEN", "pw"]);
});

test("The name alone is asked of a controller that understands it, since 2.7.1", () => {
  const options = { version: "2.7.1", auth: { nameOnly: true }, hold: true };
  const client = asked({}, options);
  client.controller.send("version 4", "hold release");
  client.clock.advance(0);
  expect(client.daemon.question).toBe(">PASSWORD:Need 'Auth' username");
  client.controller.send("password Auth x", "username Auth bob");
  client.clock.advance(50);
  expect(client.controller.heard()).toEqual(
    expect.arrayContaining(["ERROR: no password is currently needed at this time", CONNECTED]),
  );
  expect(asked({}, { ...options, hold: false }).daemon.question).toBe(AGAIN);
});

test("A password in lines of base64 is taken of a controller that says 5, since 2.7.2", () => {
  const client = asked({ users: { bob: "secret" } }, { version: "2.7.2" });
  client.controller.send("password Auth");
  expect(client.controller.heard()).toEqual(["ERROR: the 'password' command requires 2 parameters"]);
  client.controller.send("version 5", "username Auth bob", "password Auth", "c2Vj", "cmV0", "END");
  client.clock.advance(50);
  expect(client.controller.heard()).toContain(CONNECTED);
});

test("An empty password is no answer before 2.6", () => {
  const client = asked({}, { version: "2.5.9" });
  client.controller.send("username Auth bob", 'password Auth ""');
  client.clock.advance(50);
  expect(client.daemon.question).toBe(AGAIN);
});

test("A question in the middle of a handshake that takes too long is answered in vain", () => {
  const client = asked({});
  login(client, "bob", "pw");
  client.controller.send("forget-passwords", "signal SIGUSR1");
  client.clock.advance(2_000);
  expect(client.controller.heard().at(-1)).toBe(AGAIN);
  client.clock.advance(60_000);
  expect(login(client, "bob", "pw")).toContain(">STATE:RECONNECTING,tls-error,,,,,");
});

test("What a server says of its own ends the tunnel, and what it says of passwords is done", () => {
  let session: Parameters<NonNullable<ClientOptions["peer"]>["login"]>[1] | undefined;
  const client = asked(
    {},
    {
      peer: {
        login: (_, of) => {
          session = of;
          of.accept();
        },
      },
    },
  );
  login(client, "bob", "pw");
  session?.reset("[P]later");
  client.clock.advance(2_000);
  expect(client.controller.heard().slice(0, 3)).toEqual([
    ">NOTIFY:info,server-pushed-connection-reset,[P]later",
    ">STATE:RECONNECTING,server-pushed-connection-reset,,,,,",
    ">STATE:WAIT,,,,,,",
  ]);
  session?.exit();
  client.clock.advance(2_000);
  expect(client.controller.heard().slice(0, 2)).toEqual([
    ">NOTIFY:info,remote-exit,EXIT",
    ">STATE:RECONNECTING,remote-exit,,,,,",
  ]);
  session?.reset();
  client.clock.advance(2_000);
  expect(client.controller.heard().at(-1)).toBe(AGAIN);
});
