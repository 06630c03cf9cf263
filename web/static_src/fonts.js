// Cuts the Chinese font into files that browsers fetch as a page needs their characters; the first has what gridplan itself says.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Blob, Face } from "harfbuzzjs";

const RARE = 512; // characters of a file, of those that the usual cut has not
const FIRST = 0x2e80; // before it other fonts of the system serve

/** Writes fonts into a folder: files by their content, fonts.css that says what is where, fonts.json for the single-file map. */
export async function cutFonts(root, folder) {
  const noto = join(root, "node_modules", "@expo-google-fonts", "noto-sans-sc");
  const usual = join(root, "node_modules", "@fontsource-variable", "noto-sans-sc", "unicode.json");
  const sources = [join(root, "package-lock.json"), ...["fonts.js", "cut_font.js"].map((name) => join(root, "web", "static_src", name))];
  if (await isNewer(join(folder, "fonts.json"), sources)) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(join(noto, "LICENSE_FONT"), join(folder, "NotoSansSC.LICENSE.txt"));
  const font = await readFile(join(noto, "400Regular", "NotoSansSC_400Regular.ttf"));
  /** @type {Record<string, string>} */ const characters = {};
  const rules = [];
  const cut = parts(charactersOf(font), await ownCharacters(root), JSON.parse(await readFile(usual, "utf8")));
  const files = await cutAll(font, cut.map((part) => String.fromCodePoint(...part)));
  for (const [index, part] of cut.entries()) {
    const name = `${createHash("sha256").update(files[index]).digest("hex").slice(0, 12)}.woff2`;
    await writeFile(join(folder, name), files[index]);
    characters[name] = String.fromCodePoint(...part);
    rules.push(`@font-face{font-family:"Noto Sans SC";src:url(${name})format("woff2");font-display:swap;unicode-range:${rangesOf(part)}}\n`);
  }
  await writeFile(join(folder, "fonts.css"), rules.join(""));
  await writeFile(join(folder, "fonts.json"), JSON.stringify(characters));
}

/**
 * Returns a file of the font for each text, cut on all cores: packing them takes most of a build.
 * @param {Buffer} font @param {string[]} texts @returns {Promise<Uint8Array[]>}
 */
async function cutAll(font, texts) {
  /** @type {Uint8Array[]} */ const files = [];
  const left = texts.entries();
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      const worker = new Worker(new URL("cut_font.js", import.meta.url), { workerData: font });
      for (const [index, text] of left) {
        worker.postMessage(text);
        [files[index]] = await once(worker, "message");
      }
      await worker.terminate();
    }),
  );
  return files;
}

/** @param {string} file @param {string[]} sources */
async function isNewer(file, sources) {
  const ages = await Promise.all([file, ...sources].map((path) => stat(path).then((found) => found.mtimeMs, () => 0)));
  return ages[0] > Math.max(...ages.slice(1));
}

/** @param {Buffer} font @returns {Set<number>} */
function charactersOf(font) {
  return new Set(new Face(new Blob(font)).collectUnicodes().filter((point) => point >= FIRST));
}

/** Returns what gridplan's sentences, its documents and the names of its demo are written with. @param {string} root */
async function ownCharacters(root) {
  const documents = await readdir(join(root, "docs", "zh"));
  const demo = await readdir(join(root, "gridplan", "demo"));
  const files = [join("gridplan", "locale", "zh.po"), join("data", "demo_town.toml"), ...documents.map((name) => join("docs", "zh", name)), ...demo.map((name) => join("gridplan", "demo", name))];
  const texts = await Promise.all(files.filter((name) => /\.(po|toml|md|py)$/.test(name)).map((name) => readFile(join(root, name), "utf8")));
  return new Set(Array.from(texts.join(""), (letter) => letter.codePointAt(0)));
}

/**
 * Returns the characters of each file: our own; then what often stands together, as Google Fonts cuts it; then what is rare.
 * @param {Set<number>} all @param {Set<number>} own @param {Record<string, string>} usual
 */
function parts(all, own, usual) {
  const left = new Set(all);
  const take = (/** @type {Iterable<number>} */ points) => [...points].filter((point) => left.delete(point)).sort((a, b) => a - b);
  const found = [take(own), ...Object.values(usual).map((ranges) => take(pointsOf(ranges)))];
  while (left.size) found.push(take([...left].sort((a, b) => a - b).slice(0, RARE)));
  return found.filter((part) => part.length);
}

/** @param {string} ranges Like "U+4e00-4e02,U+4e8c". */
function pointsOf(ranges) {
  return ranges.split(",").flatMap((range) => {
    const [first, last = first] = range.replace("U+", "").split("-").map((digits) => parseInt(digits, 16));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** @param {number[]} points Ascending. */
function rangesOf(points) {
  const ranges = [];
  for (const point of points) {
    const last = ranges.at(-1);
    if (last && last[1] === point - 1) last[1] = point;
    else ranges.push([point, point]);
  }
  return ranges.map(([first, last]) => `U+${first.toString(16)}${last > first ? `-${last.toString(16)}` : ""}`).join();
}
