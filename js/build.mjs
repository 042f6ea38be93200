// Builds ../src/limelight/static, or the folder named as the argument. Fully minified: a saved notebook
// carries the bundle once for each widget.
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const from = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = process.argv[2] ?? from("../src/limelight/static");
const common = { absWorkingDir: from("."), bundle: true, target: "es2022", charset: "utf8", minify: true, logLevel: "warning", outdir };
await build({ ...common, format: "esm", entryPoints: ["src/widget.js", "src/widget.css"] });
await build({ ...common, format: "iife", entryPoints: ["src/page.js"] });
