// npm `osc-js`: prints every message as one line of JSON, [address, value...].
const OSC = require("osc-js");

const open = { host: "127.0.0.1", port: Number(process.argv[2]) };
const osc = new OSC({ plugin: new OSC.DatagramPlugin({ open }) });
osc.on("*", (message) => console.log("OSC " + JSON.stringify([message.address, ...message.args])));
osc.open();
