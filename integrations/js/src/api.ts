// The way to the platform: which one, with which key, and what an answer is worth.
import { FsaError } from "./errors";
import type { FsaOptions } from "./types";

const TIMEOUT_MS = 8_000;

export interface Api {
  readonly origin: string;
  /** The answer's body; null where there is none to rely on. Throws FsaError where the platform refuses. */
  call(path: string, body?: unknown): Promise<any>;
}

export function openApi({ publishableKey, platform }: FsaOptions, loadedFrom: string): Api {
  if (!/^pk_(test|live)_\w+$/.test(publishableKey ?? "")) {
    throw new FsaError(
      "key_refused",
      /^[sr]k_/.test(publishableKey ?? "")
        ? "This is a secret key. It belongs on your server alone: roll it now, and give the browser the publishable key (pk_…)."
        : "loadFsa needs your publishable key (pk_test_… or pk_live_…).",
    );
  }
  const origin = originOf(platform ?? loadedFrom);
  return {
    origin,
    async call(path, body) {
      let response, answer;
      try {
        response = await fetch(origin + path, {
          headers: { Authorization: `Bearer ${publishableKey}`, ...(body ? { "Content-Type": "application/json" } : {}) },
          method: body ? "POST" : "GET",
          body: body ? JSON.stringify(body) : undefined,
          credentials: "omit",
          referrerPolicy: "no-referrer",
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        answer = await response.json();
      } catch {
        return null; // away, slow, or something else that answers in its place
      }
      if (response.ok) return answer;
      if (response.status >= 500 || response.status === 429 || !answer?.error?.code) return null;
      throw new FsaError(answer.error.code, answer.error.message);
    },
  };
}

function originOf(address: string): string {
  const url = webAddress(address);
  if (!url) throw new FsaError("platform_needed", "Say where the platform is: loadFsa({ publishableKey, platform: \"https://…\" }).");
  return url.origin;
}

/** The address, if it is one of the web. */
export function webAddress(address: string): URL | null {
  try {
    const url = new URL(address);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
