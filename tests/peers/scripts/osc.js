// npm `osc`: prints every message as one line of JSON, [address, [type, value]...].
const osc = require("osc");

const port = new osc.UDPPort({ localAddress: "127.0.0.1", localPort: Number(process.argv[2]), metadata: true });
port.on("message", (message) =>
  console.log("OSC " + JSON.stringify([message.address, ...message.args.map((arg) => [arg.type, arg.value])])));
port.on("error", (error) => console.error(error.message));
port.open();
