// Builds ../src/limelight/static and the maps of what is in it, or into the two folders that are named as arguments.
// Fully minified: a saved notebook carries the bundle once for each widget. The maps stay in the repository.
import { build } from "esbuild";
import { minify } from "terser";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const from = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = resolve(process.argv[2] ?? from("../src/limelight/static"));
const maps = resolve(process.argv[3] ?? from("maps"));
/**
 * Captions of a bundle: each has those that it says. Notes of the kernel bring their English with them.
 * @param {(name: string) => boolean} says
 * @returns {import("esbuild").Plugin}
 */
const captions = (says) => ({
  name: "captions",
  setup: ({ onLoad }) =>
    onLoad({ filter: /captions[\\/]\w+\.json$/ }, async ({ path }) => {
      const all = Object.entries(JSON.parse(await readFile(path, "utf8")));
      const said = all.filter(([name]) => says(name) && !(path.endsWith("en.json") && name.startsWith("warning.")));
      return { contents: JSON.stringify(Object.fromEntries(said)), loader: "json" };
    }),
});
/** What the other bundles say: captions that begin with their own name, and some that they share with the widget. */
const OTHERS = { corpus: ["word", "interval", "doubtful"], deep: ["seconds", "evaluations", "flipReads"] };
const SHARED = ["lang", "listed", "classes"];
const PRINTED = ["empty", "little", "r2", "togetherAre"]; // what pictures say, and no page
const ofOthers = (/** @type {string} */ name) => Object.keys(OTHERS).some((other) => name.startsWith(`${other}.`));
const common = { absWorkingDir: from("."), bundle: true, target: "es2022", charset: "utf8", minify: true, plugins: [captions((name) => !ofOthers(name) && !PRINTED.includes(name))], logLevel: "warning", outdir, write: false };
const mapped = { ...common, sourcemap: "external", sourcesContent: false };

// A script, which a static page runs, and by its last line a module, which a host imports: one text for both.
const widget = await build({ ...mapped, format: "iife", globalName: "limelight", entryPoints: ["src/widget.js"], footer: { js: "export default limelight.default;" } });
const views = await Promise.all(
  Object.entries(OTHERS).map(([view, more]) =>
    build({ ...mapped, plugins: [captions((name) => name.startsWith(`${view}.`) || [...SHARED, ...more].includes(name))], format: "iife", globalName: "limelight", entryPoints: [`src/${view}.js`], footer: { js: "export default limelight.default;" } }),
  ),
);
const others = await build({ ...common, format: "iife", entryPoints: ["src/page.js", "src/widget.css", ...Object.keys(OTHERS).map((view) => `src/${view}.css`)] });
const loader = await build({ ...common, format: "esm", entryPoints: ["src/loader.js"] });
await Promise.all([outdir, maps].map((folder) => mkdir(folder, { recursive: true })));
const files = [...widget.outputFiles, ...views.flatMap(({ outputFiles }) => outputFiles), ...others.outputFiles, ...loader.outputFiles];
const texts = new Map(files.map(({ path, text }) => [path, text]));
for (const [path, text] of texts) {
  if (path.endsWith(".css")) {
    // beside the widget in one page: rules of the one must not reach into the other
    const apart = Object.keys(OTHERS).some((view) => path.endsWith(`${view}.css`));
    await writeFile(path, apart ? text.replace(/\.limelight(?!-)/g, ".ll-sheet") : text);
  }
  if (!path.endsWith(".js")) continue;
  if (path.endsWith("loader.js")) {
    // Python fills in its places afterwards: what terser knows of them by then, such as a length, would be wrong
    await writeFile(path, text);
    continue;
  }
  // looks further than esbuild: a twentieth less of what is packed
  const content = texts.get(`${path}.map`);
  const small = await minify(text, { ecma: 2020, compress: { passes: 2 }, sourceMap: content ? { content } : false });
  await writeFile(path, `${small.code}\n`);
  if (!content) continue;
  const map = JSON.parse(String(small.map));
  // the same wherever it was built
  map.sources = map.sources.map((/** @type {string} */ source) => relative(from("."), resolve(dirname(path), source)));
  await writeFile(join(maps, `${basename(path)}.map`), JSON.stringify(map));
}
