import { loadFsa } from "fsa-platform-js";
import { FsaBadge, FsaCartSplit, FsaCheckout } from "fsa-platform-js/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const { platform, publishableKey, products } = JSON.parse(document.getElementById("shop").textContent);
const fsa = loadFsa({ publishableKey, platform });

function Shop() {
  const [counts, setCounts] = useState(() => Object.fromEntries(products.map(({ id }) => [id, 1])));
  const [session, setSession] = useState(null);
  const [notice, setNotice] = useState("");
  const lines = products.filter(({ id }) => counts[id]).map(({ id }) => ({ product: id, quantity: counts[id] }));

  async function pay() {
    const response = await fetch("/pay", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(lines) });
    const answer = await response.json();
    if (response.ok) setSession(answer);
    else setNotice(answer.message);
  }

  async function hear(event) {
    if (event.type === "cancel") setSession(null);
    if (event.type === "error" && event.code === "checkout_unreachable") setNotice("The payment page did not load. Nothing was charged.");
    if (event.type !== "complete") return;
    const { status } = await (await fetch(`/order?session=${event.session}`)).json(); // the event is a hint: our server asks
    setNotice(status === "complete" ? "Paid. Thank you!" : `Your payment is ${status}.`);
  }

  return (
    <main>
      <h1>React pharmacy</h1>
      <p role="status">{notice}</p>
      {session ? <FsaCheckout fsa={fsa} session={session} onEvent={hear} /> : (
        <>
          <ul>{products.map(({ id, sku, title, price_cents }) => (
            <li key={id}>
              <label>{title} <input type="number" min="0" max="9" value={counts[id]} onChange={(e) => setCounts({ ...counts, [id]: Number(e.target.value) })} /></label>
              <FsaBadge product={sku} /> <b>${(price_cents / 100).toFixed(2)}</b>
            </li>
          ))}</ul>
          <FsaCartSplit lines={lines} />
          <button onClick={pay}>Pay with FSA or HSA</button>
        </>
      )}
    </main>
  );
}

createRoot(document.getElementById("root")).render(<Shop />);
