// A platform that answers as the real one does, and notes what it was asked.
import { vi } from "vitest";
import { loadFsa, type Fsa, type Verdict } from "../src/index";

export const PLATFORM = "https://pay.example";
export const KEY = "pk_test_abc123";

export function verdict(ref: string, status: Verdict["status"] = "eligible", reason = "It is medicine.", share: number | null = 1): Verdict {
  return { ref, product: `prd_${ref}`, status, label: "", reason, eligible_fraction: share };
}

type Answer = { status?: number; body?: unknown } | Error;

/** Answers each call with answer(url, init); returns the addresses that were asked. */
export function platform(answer: (url: URL, init: RequestInit) => Answer): { asked: URL[]; inits: RequestInit[] } {
  const asked: URL[] = [];
  const inits: RequestInit[] = [];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const url = new URL(address);
    asked.push(url);
    inits.push(init);
    const said = answer(url, init);
    if (said instanceof Error) throw said;
    return new Response(JSON.stringify(said.body ?? {}), { status: said.status ?? 200 });
  });
  return { asked, inits };
}

export const allAre = (status: Verdict["status"]) => (url: URL) => ({ body: { data: url.searchParams.getAll("ref").map((ref) => verdict(ref, status)) } });

export const loaded = (): Fsa => loadFsa({ publishableKey: KEY, platform: PLATFORM })!;

/** Until the elements have asked and drawn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
}

export const textOf = (element: Element): string => element.shadowRoot?.textContent ?? "";
