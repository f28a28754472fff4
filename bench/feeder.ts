// A process that sends a text over and over to whoever connects. Run by bench/parse.ts: SOCKET FILE TIMES
import { readFileSync } from "node:fs";
import net from "node:net";

const [path = "", file = "", times = "1"] = process.argv.slice(2);
const bytes = readFileSync(file);

const server = net.createServer((socket) => {
  socket.on("error", () => undefined);
  let left = Number(times);
  const send = (): void => {
    while (left-- > 0) if (!socket.write(bytes)) return void socket.once("drain", send);
    socket.end();
  };
  send();
});
server.listen(path, () => console.log("listening"));
