// The core as a browser downloads it: gzip -9, at most 5 KB.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const MOST = 5120;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
let isTooLarge = false;
for (const name of ["fsa.js", "fsa.mjs", "fsa-react.mjs", "fsa-vue.mjs"]) {
  const size = gzipSync(readFileSync(join(root, "releases", version, name)), { level: 9 }).length;
  console.log(`${name}: ${size} of ${MOST} bytes`);
  isTooLarge ||= size > MOST;
}
if (isTooLarge) {
  console.error("Too large: shops load this on every page.");
  process.exit(1);
}
