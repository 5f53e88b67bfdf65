// The server of the React shop: it builds the page's script, knows the prices and the secret key, and makes the checkout session.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const { FSA_PLATFORM: platform, FSA_SECRET_KEY: secret, FSA_PUBLISHABLE_KEY: publishableKey, PORT = "8100" } = process.env;
const home = `http://127.0.0.1:${PORT}`;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const CSP = `default-src 'none'; script-src 'self'; connect-src 'self' ${platform}; frame-src ${platform}; style-src 'self'; base-uri 'none'`;
const built = buildSync({ entryPoints: [here("shop.jsx")], bundle: true, minify: true, write: false, format: "esm", jsx: "automatic", define: { "process.env.NODE_ENV": '"production"' } });

async function api(path, body) {
  const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json", ...(body && { "Idempotency-Key": randomUUID() }) };
  const response = await fetch(platform + path, { headers, method: body ? "POST" : "GET", body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? `the platform answers ${response.status}`);
  return answer;
}

const products = (await api("/v1/products?limit=6")).data.filter((product) => product.is_active && product.price_cents);
const shop = JSON.stringify({ platform, publishableKey, products: products.map(({ id, sku, title, price_cents }) => ({ id, sku, title, price_cents })) });
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>React pharmacy</title><link rel="stylesheet" href="/shop.css"></head>
<body><div id="root"></div><script type="application/json" id="shop">${shop.replaceAll("<", "\\u003c")}</script><script type="module" src="/shop.js"></script></body></html>`;
const FILES = { "/": ["text/html; charset=utf-8", PAGE], "/shop.js": ["text/javascript", built.outputFiles[0].text], "/shop.css": ["text/css", readFileSync(here("../shop.css"))] };

async function answer(request, url) {
  if (request.method === "POST" && url.pathname === "/pay") {
    let written = "";
    for await (const part of request) written += part;
    const line_items = JSON.parse(written).map(({ product, quantity }) => ({ product, quantity })); // the prices are the catalogue's
    const session = await api("/v1/checkout/sessions", { line_items, success_url: `${home}/`, cancel_url: `${home}/` });
    return { url: session.url };
  }
  const { status } = await api(`/v1/checkout/sessions/${encodeURIComponent(url.searchParams.get("session"))}`);
  return { status };
}

createServer(async (request, response) => {
  const url = new URL(request.url, home);
  const [type, text] = FILES[url.pathname] ?? [];
  if (type) return response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": CSP }).end(text);
  if (!["/pay", "/order"].includes(url.pathname)) return response.writeHead(404).end();
  const [status, body] = await answer(request, url).then((found) => [200, found], (error) => [502, { message: error.message }]);
  return response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(PORT), "127.0.0.1", () => console.log(`The React shop is at ${home}`));
