import { join } from "node:path";
import { expect, test } from "vitest";
import { type Command, command, connect, type Notification, Secret } from "../../src/mod.ts";
import { attach } from "../../src/simulator/sockets.ts";
import { ClientDaemon } from "../../src/simulator/client-daemon.ts";
import { Network } from "../../src/simulator/network.ts";
import { systemClock } from "../../src/util/clock.ts";
import { Folder, Openvpn } from "../cli/support.ts";

test("Commands bring typed replies, and the loop what OpenVPN tells", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const { address } = openvpn;
  await using client = await connect({ address, subscribe: [command.state.on(), command.bytecount(1)] });
  const [pid, flag, version] = await Promise.all([
    client.send(command.pid()),
    client.send(command.hold.flag()),
    client.send(command.version()),
  ]);
  // The types are the test: a number, a flag, an object.
  const next: number = (pid.value ?? 0) + 1;
  const held: boolean = flag.value === true;
  expect([next, held, version.value?.version]).toEqual([4712, true, "2.6.14"]);

  await client.send(command.hold.release());
  const seen: Notification[] = [];
  for await (const notification of client) {
    seen.push(notification);
    if (notification.type === "REMOTE") await client.send(command.remote.accept());
    if (notification.type === "STATE" && notification.name === "CONNECTED") break;
  }
  expect(seen.map(({ type }) => type)).toEqual(expect.arrayContaining(["HOLD", "REMOTE", "STATE"]));
  expect(seen[0]).toEqual({ type: "HOLD", wait: 0 });
  await client.close();
  expect(await client.closed).toBe("closed");
  for await (const notification of client) expect(notification).toBeDefined();
  await expect(client.send(command.pid())).rejects.toMatchObject({ name: "CommandError", code: "lost" });
});

test("What is refused, harmful or no command rejects, with a code and no secret", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  await using client = await connect({ address: openvpn.address });
  await expect(client.send(command.password("Auth", "hunter22"))).rejects.toMatchObject({
    code: "refused",
    command: 'password Auth "<redacted>"',
    message: 'OpenVPN rejected "password Auth "<redacted>"": no password is currently needed at this time',
  });
  await expect(client.send(command.password("Auth", new Secret("hunter22")))).rejects.toThrow(
    '"password Auth "<redacted>""',
  );
  await expect(client.send(command.verb(99.5))).rejects.toMatchObject({ code: "invalid" });
  // JavaScript has no types.
  const shapes: unknown[] = [null, { name: "pid" }, { name: "verb", args: [4] }, { name: "kill", args: "a" }];
  for (const shape of [...shapes, { name: "client-auth", args: ["0", "1"], body: "push x" }])
    await expect(client.send(shape as Command)).rejects.toMatchObject({
      name: "CommandError",
      code: "invalid",
    });
  const harm = client.send(command.signal("SIGUSR2"));
  // What is called behind it goes out behind it.
  const order: string[] = [];
  const pid = client.send(command.pid()).then(() => order.push("pid"));
  await harm.catch(() => order.push("signal"));
  await pid;
  expect(order).toEqual(["signal", "pid"]);
  await expect(harm).rejects.toMatchObject({
    code: "dangerous",
    reason: "SIGUSR2 while OpenVPN waits ends it",
  });
  await client.send(command.signal("SIGUSR2"), { insist: true });
  expect(await client.closed).toBe("closed by OpenVPN");
});

test("Who cannot connect is told why; a password may be a function", async () => {
  using folder = new Folder();
  await expect(connect({ address: `unix:${folder.path}/none` })).rejects.toThrow(
    /^Cannot connect to unix:.*: no such file$/,
  );
  await expect(connect({ address: "nonsense" })).rejects.toMatchObject({ name: "ConnectError" });
  const signal = AbortSignal.timeout(50);
  const reason = `Gave up connecting to unix:${folder.path}/none`;
  await expect(connect({ address: `unix:${folder.path}/none`, reconnect: true, signal })).rejects.toThrow(
    reason,
  );
  await expect(connect({ address: "unix:/x", signal: AbortSignal.abort() })).rejects.toThrow("Gave up");

  using openvpn = await Openvpn.listen(folder, { password: "let me in" });
  // Its second line would be a command.
  await expect(connect({ address: openvpn.address, password: "let me in\nsignal SIGTERM" })).rejects.toThrow(
    "the management password holds a control character",
  );
  await expect(connect({ address: openvpn.address, password: "wrong" })).rejects.toThrow(
    "wrong management password",
  );
  await using client = await connect({ address: openvpn.address, password: () => "let me in" });
  expect((await client.send(command.pid())).value).toBe(4711);
});

test("Lost, it connects again where it is asked to, and subscribes anew", async () => {
  using folder = new Folder();
  const told: string[] = [];
  const again = Promise.withResolvers<void>();
  const first = await Openvpn.listen(folder);
  await using client = await connect({
    address: first.address,
    reconnect: true,
    subscribe: [command.state.on()],
    attached: ({ managementVersion }) => told.push(`attached ${managementVersion}`) > 2 && again.resolve(),
    lost: (reason) => told.push(reason.replace(/unix:\S+/, "it")),
  });
  first[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 20));
  using second = await Openvpn.listen(folder, { queryRemote: false });
  await again.promise;
  expect(told[0]).toBe("attached 5");
  expect(told[1]).toBe("closed by OpenVPN");
  await client.send(command.hold.release());
  const types: string[] = [];
  for await (const { type } of client) if (types.push(type) && type === "STATE") break;
  expect(types).toContain("HOLD");
  expect(second.daemon.held).toBe(false);
});

test("What was sent before the close goes out, also what is looked into first", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  const client = await connect({ address: openvpn.address });
  const replies = [client.send(command.verb(4)), client.send(command.log.off()), client.send(command.pid())];
  await client.close();
  const texts = (await Promise.all(replies)).map(({ text }) => text);
  expect(texts).toEqual(["verb level changed", "real-time log notification set to OFF", "pid=4711"]);
});

test("What is subscribed to is looked into as what is sent", async () => {
  using folder = new Folder();
  using openvpn = await Openvpn.listen(folder);
  openvpn.daemon.verb = 9;
  const subscribe = [command.log.on(), command.state.on("all")];
  await using client = await connect({ address: openvpn.address, subscribe });
  await client.send(command.hold.release());
  const types: string[] = [];
  for await (const { type } of client) {
    types.push(type);
    if (type === "REMOTE") await client.send(command.remote.accept());
    if (type === "STATE") break;
  }
  expect(types).not.toContain("LOG");
});

test("OpenVPN may dial us", async () => {
  using folder = new Folder();
  const path = join(folder.path, "dialled.sock");
  const connecting = connect({ address: `listen:unix:${path}` });
  const daemon = new ClientDaemon({
    clock: systemClock,
    network: new Network(),
    remotes: [{ host: "vpn.example.net", port: 1194, proto: "udp" }],
    dialsController: true,
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  daemon.start();
  await attach(daemon.slot, { kind: "unix", path });
  const client = await connecting;
  expect((await client.send(command.pid())).value).toBe(4711);
  await expect(client.send(command.quit())).rejects.toThrow("quit ends an OpenVPN that has dialled us");
  await client.close();
});
