// Bundles the front end into web/gridplan_web/static/dist. hatch_build.py runs it at install.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { cutFonts } from "./fonts.js";

const source = dirname(fileURLToPath(import.meta.url));
const root = join(source, "..", "..");
const dist = join(root, "web", "gridplan_web", "static", "dist");

const bundle = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2019",
  charset: "utf8",
  loader: { ".png": "dataurl" },
  outdir: dist,
  external: ["/static/dist/*"],
};

await mkdir(dist, { recursive: true });
for (const name of await readdir(dist)) if (name !== "fonts") await rm(join(dist, name), { recursive: true });
await cutFonts(root, join(dist, "fonts"));
for (const weight of ["400Regular", "700Bold"]) {
  const font = join(root, "node_modules", "@expo-google-fonts", "noto-sans-sc", weight, `NotoSansSC_${weight}.ttf`);
  await copyFile(font, join(dist, "fonts", `NotoSansSC_${weight}.ttf`)); // whole: for what is printed (gridplan/exchange/paper)
}
await copyFile(join(root, "node_modules", "leaflet", "LICENSE"), join(dist, "leaflet.LICENSE.txt"));
await copyFile(join(root, "node_modules", "swagger-ui-dist", "LICENSE"), join(dist, "swagger-ui.LICENSE.txt"));
await copyFile(join(root, "node_modules", "swagger-ui-dist", "NOTICE"), join(dist, "swagger-ui.NOTICE.txt"));
const pages = (await readdir(join(source, "pages"))).filter((name) => name.endsWith(".js")).map((name) => join(source, "pages", name));
await build({ ...bundle, entryPoints: pages, format: "esm", splitting: true, outdir: join(dist, "pages"), legalComments: "linked" });
await build({ ...bundle, entryPoints: [join(source, "app.css")], legalComments: "linked" });
// Old phones: each is one file, so that a worker can keep them.
const phone = ["shell.js", "worker.js", "phone.css"].map((name) => join(source, "phone", name));
await build({ ...bundle, entryPoints: phone, target: "chrome70", outdir: join(dist, "phone"), legalComments: "none" });
for (const size of [192, 512]) await copyFile(join(source, "phone", `icon-${size}.png`), join(dist, "phone", `icon-${size}.png`));
// Packed once and for all: static_files.py sends these to browsers that can unpack them.
for (const name of await readdir(dist, { recursive: true })) {
  if (/\.(js|css)$/.test(name)) await writeFile(join(dist, `${name}.gz`), gzipSync(await readFile(join(dist, name)), { level: 9 }));
}
// The single-file map travels alone, so it carries its licences inside. Last: its age tells hatch_build.py whether a build is due.
await build({ ...bundle, entryPoints: [join(source, "map.css"), join(source, "map.js")], legalComments: "eof" });
