// The released declarations, as a shop's compiler meets them: valid.ts compiles, and each marked line of invalid.ts does not.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/lib/tsc.js"), "-p", join(root, "types"), "--pretty", "false"], { cwd: root, encoding: "utf8" });
const errors = stdout.split("\n").filter((row) => /error TS/.test(row));
const refused = new Set(errors.map((row) => /^types\/invalid\.ts\((\d+),/.exec(row)).filter(Boolean).map((found) => Number(found[1])));
const marked = readFileSync(join(root, "types/invalid.ts"), "utf8").split("\n").flatMap((row, i) => (row.endsWith("// refused") ? [i + 1] : []));

const wrong = [
  ...errors.filter((row) => !row.startsWith("types/invalid.ts")),
  ...[...refused].filter((line) => !marked.includes(line)).map((line) => `types/invalid.ts(${line}): refused, and not marked: ${errors.find((row) => row.includes(`(${line},`))}`),
  ...marked.filter((line) => !refused.has(line)).map((line) => `types/invalid.ts(${line}): compiles, and must not`),
];
if (wrong.length) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`types: ${marked.length} mistakes refused`);
