/** Connects to the socket that is its argument and says each piece back: the least that a round trip costs. */
import { connect } from "node:net";

const socket = connect(process.argv[2] ?? "");
socket.setEncoding("utf8");
socket.on("data", (text) => socket.write(text));
socket.on("close", () => process.exit(0));
