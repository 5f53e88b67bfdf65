// Verdicts, asked for together: all that a page wants in one moment is one call of at most a hundred.
import type { Api } from "./api";
import { FsaError } from "./errors";
import type { Verdict } from "./types";

const MOST_PER_CALL = 100;
const KEPT_MS = 300_000; // as long as the platform lets browsers keep an answer
const STATUSES = ["eligible", "letter", "rx", "not_eligible", "unknown"];

interface Kept {
  answer: Promise<Verdict | null>;
  until: number;
}

export class Verdicts {
  #api: Api;
  #kept = new Map<string, Kept>();
  #waiting = new Map<string, (found: Verdict | null) => void>();
  #hasWarned = false;

  constructor(api: Api) {
    this.#api = api;
  }

  of(ref: string): Promise<Verdict | null> {
    const kept = this.#kept.get(ref);
    if (kept && kept.until > Date.now()) return kept.answer;
    const answer = new Promise<Verdict | null>((resolve) => {
      if (!this.#waiting.size) queueMicrotask(() => this.#send());
      this.#waiting.set(ref, resolve);
    });
    this.#kept.set(ref, { answer, until: Date.now() + KEPT_MS });
    return answer;
  }

  #send(): void {
    const asked = [...this.#waiting];
    this.#waiting.clear();
    for (let first = 0; first < asked.length; first += MOST_PER_CALL) void this.#ask(asked.slice(first, first + MOST_PER_CALL));
  }

  async #ask(asked: [string, (found: Verdict | null) => void][]): Promise<void> {
    const answer = await this.#api
      .call("/v1/public/verdicts?" + asked.map(([ref]) => "ref=" + encodeURIComponent(ref)).join("&"))
      .catch((refusal: FsaError) => this.#warn(refusal));
    const found = new Map<string, Verdict>();
    if (Array.isArray(answer?.data)) for (const row of answer.data) if (isVerdict(row)) found.set(row.ref, row);
    for (const [ref, resolve] of asked) {
      if (!found.has(ref)) this.#kept.delete(ref); // the next who asks may have more luck
      resolve(found.get(ref) ?? null);
    }
  }

  /** A refused key is the developer's to mend: said once, in the console, and nothing is shown. */
  #warn(refusal: FsaError): void {
    if (!this.#hasWarned) console.warn(`FSA platform: ${refusal.message} (${refusal.code})`);
    this.#hasWarned = true;
  }
}

function isVerdict(row: any): row is Verdict {
  return typeof row?.ref === "string" && STATUSES.includes(row.status);
}
