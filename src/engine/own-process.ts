import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { resolve } from "node:path";
import type { Address } from "../protocol/address.ts";

/**
 * Ends the process that listens at a management address, as `kill` would: an OpenVPN that is in a loop reads no command. True when it was
 * that very process, on this machine: its number alone may be another one's, in another container. Linux only.
 */
export function endListener(address: Address, pid: number): boolean {
  if (pid <= 1 || !owns(address, pid)) return false;
  try {
    process.kill(pid, "SIGTERM");
    return true;
  } catch {
    return false;
  }
}

/** Whether one of its sockets listens at the address. */
function owns(address: Address, pid: number): boolean {
  try {
    const inodes = listeners(address, pid);
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
  } catch {
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** The inodes of the sockets that listen there, as the process's own namespace has them. */
function listeners(address: Address, pid: number): ReadonlySet<string> {
  if (address.kind === "listen") return new Set();
  if (address.kind === "unix") {
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    const path = resolve(address.path);
    return fields(pid, "unix", (line) => resolve(cwd, line.slice(7).join(" ")) === path, 6);
  }
  const port = address.port.toString(16).toUpperCase().padStart(4, "0");
  const isListener = (line: readonly string[]): boolean =>
    line[1]?.endsWith(`:${port}`) === true && line[3] === "0A";
  return new Set([...fields(pid, "tcp", isListener, 9), ...fields(pid, "tcp6", isListener, 9)]);
}

function fields(
  pid: number,
  file: string,
  wanted: (line: readonly string[]) => boolean,
  inode: number,
): ReadonlySet<string> {
  const lines = readFileSync(`/proc/${pid}/net/${file}`, "utf8").split("\n").slice(1);
  const found = lines.map((line) => line.trim().split(/\s+/)).filter(wanted);
  return new Set(found.map((line) => line[inode] ?? ""));
}
