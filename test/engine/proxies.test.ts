import { test } from "vitest";
import { expectPassed } from "./rulebook-tests.ts";

const RULEBOOK = `version: 1
remotes:
  office: { candidates: from-daemon, fail-after: 1, penalty: { base: 10m } }
proxies:
  corp:
    candidates:
      - { http: "proxy.corp.example:8080", nct: true, when: 'window("work")' }
      - { socks: "127.0.0.1:9050" }
      - direct
    fail-after: 1
    penalty: { base: 10m }
  must: { candidates: [ { http: "10.0.0.1:3128" } ], fail-after: 1, penalty: { base: 5m }, required: true }
windows: { work: { from: "08:00", to: "18:00", tz: UTC } }
rules:
  - { id: remote, on: REMOTE, answer: { from: office } }
  - { id: bank, on: PROXY, where: { host: { starts: bank } }, answer: { from: must } }
  - { id: proxy, on: PROXY, answer: { from: corp } }
  - { id: failed, on: proxy.failed, do: [{ notify: "\${event.host} \${event.reason}" }] }
  - { id: gone, on: proxy.exhausted, do: [{ notify: "none left of \${event.group}" }] }
tests:
  - name: by the proxy of the hour, then the next, then direct
    at: 2026-01-05T09:00:00Z
    daemon: { entries: ["vpn1.example.net,443,tcp", "vpn2.example.net,443,tcp"] }
    steps:
      - receive: ">REMOTE:vpn1.example.net,443,tcp-client"
      - expect: ["proxy HTTP proxy.corp.example 8080 nct", "remote ACCEPT"]
      - receive: ">STATE:1767603601,RECONNECTING,HTTP proxy error,,,,,"
      - expect-fired: [failed]
      - receive: ">REMOTE:vpn1.example.net,443,tcp-client"
      - expect: ["proxy SOCKS 127.0.0.1 9050", "remote ACCEPT"]
      - receive: ">STATE:1767603602,RECONNECTING,socks-error,,,,,"
      - receive: ">REMOTE:vpn1.example.net,443,tcp-client"
      - expect: ["proxy NONE", "remote ACCEPT"]
      - advance: 11m
      - receive: ">STATE:1767604602,RECONNECTING,SIGUSR1,,,,,"
      - receive: ">REMOTE:vpn1.example.net,443,tcp-client"
      - expect: ["proxy HTTP proxy.corp.example 8080 nct", "remote ACCEPT"]
  - name: asked by OpenVPN itself
    at: 2026-01-05T20:00:00Z
    steps:
      - receive: ">PROXY:1,TCP,vpn1.example.net"
      - expect: ["proxy SOCKS 127.0.0.1 9050"]
  - name: never direct
    at: 2026-01-05T20:00:00Z
    daemon: { entries: ["bank.example.net,443,tcp"] }
    steps:
      - receive: ">REMOTE:bank.example.net,443,tcp-client"
      - expect: ["proxy HTTP 10.0.0.1 3128", "remote ACCEPT"]
      - receive: ">STATE:1767643201,TCP_CONNECT,,,,,,"
      - receive: ">STATE:1767643201,RECONNECTING,connection-failed,,,,,"
      - expect-fired: [gone]
      - receive: ">REMOTE:bank.example.net,443,tcp-client"
      - expect: []
      - advance: 4m
      - expect: []
      - advance: 2m
      - expect: ["proxy HTTP 10.0.0.1 3128", "remote ACCEPT"]
  - name: an HTTP proxy leads to no UDP remote
    at: 2026-01-05T09:00:00Z
    daemon: { entries: ["vpn1.example.net,1194,udp", "vpn2.example.net,443,tcp"] }
    steps:
      - receive: ">REMOTE:vpn1.example.net,1194,udp"
      - expect: ["proxy SOCKS 127.0.0.1 9050", "remote ACCEPT"]
  - name: an error to a proxy command means that OpenVPN goes direct now
    at: 2026-01-05T20:00:00Z
    steps:
      - receive: ">PROXY:1,TCP,bank.example.net"
      - reply: "ERROR: proxy command failed"
      - expect: ["proxy HTTP 10.0.0.1 3128", "signal SIGTERM"]
`;

test("proxies: by the hour, by the remote, the next one, direct, never direct, HTTP for TCP alone, an ERROR", async () => {
  await expectPassed(RULEBOOK);
});
