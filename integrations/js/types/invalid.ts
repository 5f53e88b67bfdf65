// Mistakes that the declarations must refuse. tools/types.mjs expects an error on each line that ends in "// refused", and no other.
import { loadFsa, type CheckoutEvent, type Status } from "fsa-platform-js";
import { FsaBadge, FsaCheckout } from "fsa-platform-js/react";

loadFsa({}); // refused
loadFsa({ secretKey: "sk_test_abc" }); // refused
loadFsa("pk_test_abc"); // refused
loadFsa({ publishableKey: "pk_test_abc" }).split([]); // refused

const fsa = loadFsa({ publishableKey: "pk_test_abc" })!;
fsa.verdicts("A-1"); // refused
fsa.badge("#place", "A-1"); // refused
fsa.split([{ product: "A-1" }]); // refused
fsa.split([{ title: "Gift wrap", quantity: 1 }]); // refused
fsa.split([{ product: "A-1", quantity: "2" }]); // refused
fsa.split([{ product: "A-1", quantity: 1, price: 999 }]); // refused
fsa.split([]).amount_total_cents; // refused
fsa.split([]).then((split) => split.amount_total_cents); // refused
fsa.redirectToCheckout(); // refused
fsa.redirectToCheckout({ id: "cs_1" }); // refused
fsa.embedCheckout("https://pay.example/pay/cs_1/"); // refused
fsa.platform = "https://evil.example"; // refused
fsa.verdicts(["A-1"]).then(([found]) => found.status); // refused
export const status: Status = "maybe"; // refused
export const hear = (event: CheckoutEvent): string => event.code; // refused
export const finish = (event: CheckoutEvent): boolean => event.type === "paid"; // refused
FsaBadge({ ref: "A-1" }); // refused
FsaCheckout({ session: "https://pay.example/pay/cs_1/" }); // refused
