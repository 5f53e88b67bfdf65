// A shop whose pages are HTML alone. Its server knows the prices and the secret key, and makes the checkout session.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { FSA_PLATFORM: platform, FSA_SECRET_KEY: secret, FSA_PUBLISHABLE_KEY: key, PORT = "8100" } = process.env;
const home = `http://127.0.0.1:${PORT}`;
const file = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const safe = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const CSP = `default-src 'none'; script-src ${platform}; connect-src ${platform}; style-src 'self'; form-action 'self' ${platform}; base-uri 'none'; require-trusted-types-for 'script'`;

async function api(path, body, idempotencyKey) {
  const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json", ...(idempotencyKey && { "Idempotency-Key": idempotencyKey }) };
  const response = await fetch(platform + path, { headers, method: body ? "POST" : "GET", body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `the platform answers ${response.status}`);
  return answer;
}

const products = (await api("/v1/products?limit=6")).data.filter((product) => product.is_active && product.price_cents);
const lines = products.map(({ id }) => ({ product: id, quantity: 1 }));
const { "fsa.js": integrity } = await (await fetch(`${platform}/sdk/v1.0.0/integrity.json`)).json();

function page(notice = "") {
  const shelf = products.map((p) => `<li><span>${safe(p.title)}</span> <fsa-badge ref="${safe(p.sku)}"></fsa-badge> <b>$${(p.price_cents / 100).toFixed(2)}</b></li>`);
  const values = { platform, integrity, key, notice: notice && `<p role="status">${safe(notice)}</p>`, products: shelf.join(""), lines: safe(JSON.stringify(lines)) };
  return file("index.html").replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

async function answer(request, url) {
  if (request.method === "POST" && url.pathname === "/pay") {
    const urls = { success_url: `${home}/thanks?session={SESSION_ID}`, cancel_url: `${home}/` };
    const session = await api("/v1/checkout/sessions", { line_items: lines, ...urls }, randomUUID());
    return [303, { Location: session.url }, ""];
  }
  if (url.pathname === "/shop.css") return [200, { "Content-Type": "text/css" }, file("../shop.css")];
  if (url.pathname === "/thanks") {
    // What the address says proves nothing: the platform is asked.
    const { status } = await api(`/v1/checkout/sessions/${encodeURIComponent(url.searchParams.get("session"))}`);
    return [200, {}, page(status === "complete" ? "Paid. Thank you!" : `Your payment is ${status}.`)];
  }
  return url.pathname === "/" ? [200, {}, page()] : [404, {}, "Nothing here"];
}

createServer(async (request, response) => {
  const [status, headers, text] = await answer(request, new URL(request.url, home)).catch((error) => [502, {}, page(`That did not work: ${error.message}`)]);
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CSP, ...headers }).end(text);
}).listen(Number(PORT), "127.0.0.1", () => console.log(`The plain shop is at ${home}`));
