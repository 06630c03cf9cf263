// Phones have Chinese characters of their own: the bundled font, hundreds of KB, is asked for only where two of them look alike.
import { element } from "../ui/page.js";

const fonts = document.querySelector("meta[name=fonts]")?.getAttribute("content");
if (fonts && drawn("网") === drawn("格")) document.head.append(element("link", { rel: "stylesheet", href: fonts }));

/** @param {string} letter */
function drawn(letter) {
  const canvas = element("canvas", { width: "20", height: "20" });
  const context = canvas.getContext("2d");
  if (!context) return letter;
  context.font = "16px sans-serif";
  context.fillText(letter, 2, 16);
  return canvas.toDataURL();
}
