// Every PHP file of the plugin, read by the parser of each version of PHP that it is to run on; says each fault with file and line.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PHP } from "@php-wasm/universal";
import { loadNodeRuntime } from "@php-wasm/node";

const VERSIONS = ["7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5"];
const here = fileURLToPath(new URL("..", import.meta.url));
const folder = process.argv[2] ?? join(here, "fsa-payments");
const files = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(".php")).sort();
const sources = Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
const script = `<?php
error_reporting(E_ALL);
$faults = array();
set_error_handler(function ($level, $message, $file, $line) use (&$faults) { $faults[] = "$message"; return true; });
foreach (json_decode(file_get_contents('/sources.json'), true) as $name => $text) {
	try { token_get_all(base64_decode($text), TOKEN_PARSE); }
	catch (Throwable $fault) { $faults[] = $name . ':' . $fault->getLine() . ' ' . $fault->getMessage(); }
}
echo json_encode(array(PHP_VERSION, $faults));`;

let failed = 0;
for (const version of VERSIONS) {
  const php = new PHP(await loadNodeRuntime(version, { emscriptenOptions: { processId: 1 } }));
  php.writeFile("/sources.json", JSON.stringify(sources));
  const { text, errors } = await php.run({ code: script });
  php.exit();
  const [ran, faults] = JSON.parse(text);
  if (!ran.startsWith(version)) throw new Error(`PHP ${ran} ran for ${version}: ${errors}`);
  for (const fault of faults) console.log(`PHP ${ran}: ${fault}`);
  failed += faults.length;
  console.log(`PHP ${ran}: ${files.length} files read, ${faults.length} faults`);
}
process.exit(failed ? 1 : 0);
