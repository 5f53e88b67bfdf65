// Build releases/<version>/: the same bytes each time, on every machine.
// A version that shops load by its integrity may never change: what is there with other bytes is only replaced with --unreleased.
// --check writes nothing: it fails where the committed files are not what the sources make.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const target = join(root, "releases", version);
const says = (word) => process.argv.includes(word);
const COMMON = { absWorkingDir: root, bundle: true, minify: true, target: "es2022", legalComments: "none", write: false, charset: "utf8" };
const banner = (name) => ({ js: `/*! ${name} ${version} | FSA platform | Apache-2.0 */` });

async function script(file, entry, options) {
  const { outputFiles } = await build({ ...COMMON, entryPoints: [`src/${entry}.ts`], banner: banner(file), ...options });
  return [file, outputFiles[0].text];
}

/** The declarations of one source file, as tsc sees it. */
function declarations() {
  const scratch = mkdtempSync(join(tmpdir(), "fsa-types-"));
  try {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/lib/tsc.js"), "-p", root, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", scratch]);
    return Object.fromEntries(["types", "errors", "index", "react", "vue"].map((name) => [name, readFileSync(join(scratch, `${name}.d.ts`), "utf8")]));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function typesOf(emitted) {
  const core = emitted.index.split("\n").filter((row) => !/^(import|export \{|export type \*|\/\/)/.test(row)).join("\n");
  const elements = [
    "declare global {", "  /** What the script `fsa.js` makes, beside the module’s own names. */", "  interface Window {",
    "    FsaPlatform?: { loadFsa: typeof loadFsa; FsaError: typeof FsaError; version: string; fsa: Fsa | null };", "  }",
    "  interface HTMLElementTagNameMap {", '    "fsa-badge": HTMLElement & { refresh(): void };',
    '    "fsa-cart-split": HTMLElement & { lines: readonly CartLine[]; refresh(): void };', "  }", "}", "",
  ].join("\n");
  const wrapper = (text) => text.replaceAll('"./types"', '"./fsa.js"');
  return [["fsa.d.ts", emitted.types + emitted.errors + core + elements], ["fsa-react.d.ts", wrapper(emitted.react)], ["fsa-vue.d.ts", wrapper(emitted.vue)]];
}

const files = new Map([
  await script("fsa.js", "iife", { format: "iife", globalName: "FsaPlatform" }),
  await script("fsa.mjs", "index", { format: "esm" }),
  await script("fsa-react.mjs", "react", { format: "esm", external: ["react"] }),
  await script("fsa-vue.mjs", "vue", { format: "esm", external: ["vue"] }),
  ...typesOf(declarations()),
]);
const integrity = Object.fromEntries([...files].filter(([name]) => !name.endsWith(".d.ts")).map(([name, text]) => [name, `sha384-${createHash("sha384").update(text).digest("base64")}`]));
files.set("integrity.json", JSON.stringify(integrity, null, 2) + "\n");

const isThere = (name) => existsSync(join(target, name));
const differs = [...files].filter(([name, text]) => !isThere(name) || readFileSync(join(target, name), "utf8") !== text).map(([name]) => name);
if (says("--check")) {
  if (differs.length) throw new Error(`${differs.join(", ")} of ${version}: the committed files are not what the sources make. Build them.`);
  console.log(`${version}: the sources make these files, byte for byte`);
} else if (differs.some(isThere) && !says("--unreleased")) {
  throw new Error(`${differs.join(", ")} of ${version} would change. Shops hold them by their integrity: raise the version (package.json, src), or say --unreleased.`);
} else {
  mkdirSync(target, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(target, name), text);
}
