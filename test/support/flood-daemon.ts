// A process that stands for an OpenVPN server: it answers an engine that attaches, and then reports one client's traffic as fast as it is
// read. Argument: its socket.
import { createServer } from "node:net";
import { LineSplitter, whole } from "../../src/protocol/lines.ts";

const [path = ""] = process.argv.slice(2);
const LIST = [
  "TITLE\tOpenVPN 2.6.14",
  "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since (time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher",
  "CLIENT_LIST\tflood\t192.0.2.9:1194\t10.8.0.9\t\t0\t0\t-\t1767600000\tUNDEF\t0\t0\tAES-256-GCM",
];
const REPLIES: Readonly<Record<string, string>> = {
  version: "OpenVPN Version: OpenVPN 2.6.14 x86_64-pc-linux-gnu\r\nManagement Version: 5\r\nEND\r\n",
  "version 3": "",
  pid: "SUCCESS: pid=4712\r\n",
  "state on all": "SUCCESS: real-time state notification set to ON\r\nEND\r\n",
  "status 3": `${LIST.join("\r\n")}\r\nEND\r\n`,
  "load-stats": "SUCCESS: nclients=1,bytesin=0,bytesout=0\r\n",
};

createServer((socket) => {
  let bytes = 0;
  let isFlooding = false;
  const flood = (): void => {
    for (;;) {
      const lines = Array.from({ length: 1000 }, () => `>BYTECOUNT_CLI:0,${++bytes},0\r\n`);
      if (!socket.write(lines.join(""))) break;
    }
    socket.once("drain", flood);
  };
  const hear = (line: string): void => {
    socket.write(REPLIES[line] ?? "SUCCESS: done\r\n");
    if (line !== "load-stats" || isFlooding) return;
    isFlooding = true;
    flood();
  };
  const splitter = new LineSplitter(whole(hear), () => socket.destroy());
  socket.setEncoding("utf8");
  socket.on("error", () => process.exit(0));
  socket.on("data", (chunk) => splitter.push(String(chunk)));
  socket.write(">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n");
}).listen(path, () => console.log("listening"));
