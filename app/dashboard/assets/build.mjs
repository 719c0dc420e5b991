// Puts the pages' scripts and styles together, into the folder that the service serves. The lock file names what goes in.

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const out = fileURLToPath(new URL("../static/", import.meta.url));

await build({
  entryPoints: { pages: "scripts/main.js", style: "styles/main.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox121", "safari17.5"],
  logLevel: "warning",
});

for (const name of ["pages.js", "style.css"]) {
  writeFileSync(`${out}${name}.gz`, gzipSync(readFileSync(out + name), { level: 9 }));
}
