// The SDK as a script: `FsaPlatform.loadFsa(…)`, or by itself where the script element names the key.
import { load, platformOf } from "./load";
import type { Fsa, FsaOptions } from "./types";

export { FsaError } from "./errors";

export const version = "1.0.0";
const script = typeof document === "undefined" ? null : (document.currentScript as HTMLScriptElement | null);
const loadedFrom = platformOf(script?.src);

export function loadFsa(options: FsaOptions): Fsa | null {
  return load(options, loadedFrom);
}

/** What `<script src="…/fsa.js" data-publishable-key="pk_…">` made, or null. */
export const fsa = script?.dataset.publishableKey ? loadFsa({ publishableKey: script.dataset.publishableKey, platform: script.dataset.platform }) : null;
