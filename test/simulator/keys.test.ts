import { constants, createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import type { ClientOptions } from "../../src/simulator/client-options.ts";
import { A, Controller, world } from "./support.ts";

type World = ReturnType<typeof world>;
const CONNECTED = ">STATE:CONNECTED,SUCCESS,10.8.0.6,192.0.2.1,1194,,";

/** A client that needs a signature of its controller. */
function signing(externalKey: NonNullable<ClientOptions["externalKey"]>, clientVersion = 3): World {
  let seed = 1;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const client = world({ remotes: [A], queryRemote: false, externalKey, random }, ["up"]);
  client.controller.send(`version ${clientVersion}`, "hold release");
  client.clock.advance(50);
  return client;
}

function lines(data: Buffer): string[] {
  return data.toString("base64").match(/.{1,64}/g) ?? [];
}

test("What EC signs is verified", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ format: "pem", type: "spki" });
  for (const hints of [["digest"], []] as const) {
    const { controller, clock, daemon } = signing({ kind: "EC", hints, publicKey: String(pem) });
    const [, data = "", algorithm] = /^>PK_SIGN:([^,]*),(.*)$/.exec(daemon.question ?? "") ?? [];
    expect(algorithm).toBe(hints.length > 0 ? "ECDSA,hashalg=SHA256,data=message" : "ECDSA");
    if (hints.length > 0) {
      const signature = sign("sha256", Buffer.from(data, "base64"), privateKey);
      controller.send("pk-sig", ...lines(signature), "END");
      clock.advance(50);
      expect(controller.heard()).toEqual(
        expect.arrayContaining(["SUCCESS: pk-sign command succeeded", CONNECTED]),
      );
    } else {
      controller.send("pk-sig", ...lines(createHash("sha256").update("another").digest()), "END");
      clock.advance(50);
      expect(controller.heard()).toContain(">STATE:RECONNECTING,tls-error,,,,,");
    }
  }
});

test("What RSA signs is verified", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = String(publicKey.export({ format: "pem", type: "spki" }));
  const { controller, clock, daemon } = signing({ kind: "RSA", hints: ["pss", "digest"], publicKey: pem });
  const [, data = ""] = /^>PK_SIGN:([^,]*),RSA_PKCS1_PSS_PADDING/.exec(daemon.question ?? "") ?? [];
  const key = createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }));
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = sign("sha256", Buffer.from(data, "base64"), { key, padding, saltLength: 32 });
  controller.send("rsa-sig", ...lines(signature), "END");
  clock.advance(50);
  expect(controller.heard()).toContain(CONNECTED);
});

test("Random numbers that are the same make the same question", () => {
  const ask = (): string | undefined => signing({ kind: "EC" }).daemon.question;
  expect(ask()).toBe(ask());
  expect(signing({ kind: "EC" }, 1).daemon.question).toMatch(/^>RSA_SIGN:[\w+/=]+$/);
  expect(signing({ kind: "EC" }, 2).daemon.question).toMatch(/^>PK_SIGN:[\w+/=]+$/);
});

test("A block is data to its END; one that its controller leaves behind is never asked for again", () => {
  const { controller, daemon } = signing({ kind: "EC" });
  controller.send("pk-sig", "pid", "state");
  controller.heard();
  controller.leave();
  const next = new Controller(daemon.slot);
  next.send("END", "pk-sig");
  expect(next.heard().slice(1)).toEqual([
    expect.stringMatching(/^>PK_SIGN:/),
    "ERROR: unknown command, enter 'help' for more options",
    "ERROR: The pk-sig command is not currently available",
  ]);
});

test("A signal instead of a signature ends the attempt, and says so of a block that was begun", () => {
  const { controller, clock, daemon } = signing({ kind: "EC" });
  controller.send("state on");
  controller.heard();
  daemon.signal("SIGUSR1");
  clock.advance(50);
  expect(controller.heard()).toEqual([
    ">STATE:RECONNECTING,tls-error,,,,,",
    ">HOLD:Waiting for hold release:1",
  ]);
  controller.send("hold release");
  clock.advance(50);
  controller.send("pk-sig", "AAAA");
  controller.heard();
  daemon.signal("SIGTERM");
  clock.advance(50);
  expect(controller.heard()).toEqual(["ERROR: pk-sign command failed", ">STATE:EXITING,SIGTERM,,,,,"]);
  expect(daemon.exitCode).toBe(0);
});

test("What is no certificate is the end", () => {
  const { controller, clock, daemon } = signing({ kind: "EC", certificate: "any" });
  expect(daemon.question).toBe(">NEED-CERTIFICATE:any");
  controller.send("certificate", "rubbish", "END");
  clock.advance(50);
  expect(controller.heard().slice(-2)).toEqual([
    "SUCCESS: certificate command succeeded",
    ">FATAL:Cannot load inline certificate file",
  ]);
  expect(daemon.exitCode).toBe(1);
});

test("A token is asked for until it is there, and then for its PIN", () => {
  let there = false;
  const id = String.raw`maker/model/1/My\x20Token/01`;
  const pkcs11 = { id, identities: [{ id, blob: "AAAA" }], present: () => there, pin: "1234" };
  const { controller, clock, daemon } = world({ remotes: [A], hold: false, queryRemote: false, pkcs11 }, [
    "up",
  ]);
  const question = ">NEED-OK:Need 'token-insertion-request' confirmation MSG:Please insert My Token token";
  expect(daemon.question).toBe(question);
  controller.send("pkcs11-id-count", "pkcs11-id-get 0", "needok token-insertion-request ok");
  clock.advance(0);
  expect(controller.heard().slice(0, 2)).toEqual([
    ">PKCS11ID-COUNT:1",
    `>PKCS11ID-ENTRY:'0', ID:'${id}', BLOB:'AAAA'`,
  ]);
  expect(daemon.question).toBe(question);
  there = true;
  controller.send("needok token-insertion-request ok");
  clock.advance(0);
  expect(daemon.question).toBe(">PASSWORD:Need 'My Token token' password");
  controller.send('password "My Token token" 1234');
  clock.advance(50);
  expect(controller.heard()).toContain(CONNECTED);
});

test("forget-passwords forgets the key's too: it is asked for when the configuration is read again", () => {
  const client = world({ remotes: [A], hold: false, queryRemote: false, keyPassword: "s3cret" }, ["up"]);
  const answer = (): void => {
    client.controller.send('password "Private Key" s3cret');
    client.clock.advance(50);
  };
  answer();
  client.controller.send("signal SIGHUP");
  client.clock.advance(1_100);
  expect(client.daemon.connected).toBe(true);
  client.controller.send("forget-passwords", "signal SIGHUP");
  client.clock.advance(1_100);
  expect(client.daemon.question).toBe(">PASSWORD:Need 'Private Key' password");
});
