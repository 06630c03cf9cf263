// A thread of fonts.js: answers each text with a file of the font that has its characters.
import { parentPort, workerData } from "node:worker_threads";
import subsetFont from "subset-font";

const font = Buffer.from(workerData);
const options = { targetFormat: "woff2", keepFeatures: [], noLayoutClosure: true, noHinting: true };

parentPort?.on("message", async (text) => parentPort?.postMessage(await subsetFont(font, text, options)));
