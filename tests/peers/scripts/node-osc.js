// npm `node-osc`: prints every message as one line of JSON, [address, value...].
const { Server } = require("node-osc");

const server = new Server(Number(process.argv[2]), "127.0.0.1");
server.on("message", (message) => console.log("OSC " + JSON.stringify(message)));
server.on("error", (error) => console.error(error.message));
