import { expect, test } from "vitest";
import { expectPassed } from "./rulebook-tests.ts";

const RULEBOOK = `version: 1
variables: { draining: { type: bool, default: false } }
rules:
  - id: quota
    on: BYTECOUNT_CLI
    when: client.bytes_in + client.bytes_out > 1GB
    do:
      - client-kill: { halt: quota, hard: true }
      - notify: "\${client.common_name} is over"
  - id: one-each
    on: CLIENT:ESTABLISHED
    when: client.sessions > 0
    do:
      - for-each:
          clients: client.common_name == event.env.common_name && client.cid != event.cid
          do: [ { client-kill: { halt: twice } } ]
  - id: drain
    on: ECHO
    where: { text: drain }
    do:
      - for-each:
          clients: true
          order-by: client.common_name
          pace: 1/m
          do: [ { client-kill: { restart: { next: true } } } ]
      - set: { draining: true }
      - status: { to: ./status.txt }
tests:
  - name: who is over the quota is told, and cut 0.3 s later
    daemon: { role: server }
    steps:
      - receive: |
          >CLIENT:ESTABLISHED,7
          >CLIENT:ENV,common_name=ann
          >CLIENT:ENV,trusted_ip=192.0.2.7
          >CLIENT:ENV,trusted_port=40001
          >CLIENT:ENV,END
      - receive: ">BYTECOUNT_CLI:7,500000000,400000000"
      - expect-not-fired: quota
      - receive: ">BYTECOUNT_CLI:7,500000000,600000000"
      - expect: 'client-kill 7 "HALT,quota"'
      - advance: 300ms
      - expect: kill 192.0.2.7:40001
      - expect-fired: quota
  - name: a second session ends the first, whatever OpenVPN says
    daemon: { role: server }
    steps:
      - receive: |
          >CLIENT:ESTABLISHED,7
          >CLIENT:ENV,common_name=ann
          >CLIENT:ENV,END
      - receive: |
          >CLIENT:ESTABLISHED,8
          >CLIENT:ENV,common_name=ann
          >CLIENT:ENV,END
      - reply: "ERROR: client-kill command failed"
      - expect: 'client-kill 7 "HALT,twice"'
  - name: drained one a minute, by their names
    daemon: { role: server }
    steps:
      - receive: |
          >CLIENT:ESTABLISHED,1
          >CLIENT:ENV,common_name=bob
          >CLIENT:ENV,END
      - receive: |
          >CLIENT:ESTABLISHED,2
          >CLIENT:ENV,common_name=ann
          >CLIENT:ENV,END
      - receive: ">ECHO:1767600000,drain"
      - expect: 'client-kill 2 "RESTART,[N]"'
      - advance: 59s
      - expect: []
      - advance: 1s
      - expect: [ 'client-kill 1 "RESTART,[N]"', "status 3" ]
`;

test("rules on clients are tested in their rulebook; nothing that waits for the clock takes real time", async () => {
  const started = performance.now();
  await expectPassed(RULEBOOK);
  expect(performance.now() - started).toBeLessThan(2_000);
});
