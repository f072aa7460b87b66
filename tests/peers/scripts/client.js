// npm `osc` as a client: sends the messages [address, [type, value]...] that it is given, prints what comes back.
const osc = require("osc");

const [remotePort, ...messages] = process.argv.slice(2);
const port = new osc.UDPPort({
  localAddress: "127.0.0.1", localPort: 0, remoteAddress: "127.0.0.1", remotePort: Number(remotePort), metadata: true,
});
port.on("message", (message) =>
  console.log("OSC " + JSON.stringify([message.address, ...message.args.map((arg) => [arg.type, arg.value])])));
port.on("error", (error) => console.error(error.message));
port.on("ready", () => {
  for (const message of messages.map((text) => JSON.parse(text))) {
    const [address, ...args] = message;
    port.send({ address, args: args.map(([type, value]) => ({ type, value })) });
  }
});
port.open();
