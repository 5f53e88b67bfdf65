// The elements and the frame as Vue components. `product` stands for the elements' `ref`, a word that Vue keeps for itself.
import { defineComponent, h, onBeforeUnmount, onMounted, ref, watch, type PropType } from "vue";
import type { CartLine, CheckoutEvent, EmbeddedCheckout, Fsa, SessionLike } from "./types";

const detailOf = (event: Event): unknown => (event as CustomEvent).detail;

export const FsaBadge = defineComponent({
  name: "FsaBadge",
  props: { product: { type: String, required: true }, lang: String, theme: String, showReason: Boolean },
  emits: ["verdict"],
  setup: (props, { emit }) => () =>
    h("fsa-badge", {
      "^product": props.product, "^lang": props.lang, "^theme": props.theme, "^show-reason": props.showReason ? "" : undefined,
      "onFsa-verdict": (event: Event) => emit("verdict", detailOf(event)),
    }),
});

export const FsaCartSplit = defineComponent({
  name: "FsaCartSplit",
  props: {
    lines: { type: Array as PropType<readonly CartLine[]>, required: true },
    shippingCents: Number, discountCents: Number, lang: String, theme: String,
  },
  emits: ["split"],
  setup: (props, { emit }) => () =>
    h("fsa-cart-split", {
      "^lines": JSON.stringify(props.lines), "^shipping-cents": props.shippingCents, "^discount-cents": props.discountCents,
      "^lang": props.lang, "^theme": props.theme, "onFsa-split": (event: Event) => emit("split", detailOf(event)),
    }),
});

/** The hosted page in a frame, for as long as the component is shown. */
export const FsaCheckout = defineComponent({
  name: "FsaCheckout",
  props: { fsa: { type: Object as PropType<Fsa>, required: true }, session: { type: [String, Object] as PropType<SessionLike>, required: true } },
  emits: { event: (event: CheckoutEvent) => Boolean(event.type) },
  setup(props, { emit }) {
    const place = ref<HTMLElement>();
    let shown: EmbeddedCheckout | undefined;
    const close = (): void => shown?.destroy();
    const show = (): void => {
      close();
      shown = props.fsa.embedCheckout(props.session, place.value!, (event) => emit("event", event));
    };
    onMounted(show);
    watch(() => (typeof props.session === "string" ? props.session : props.session.url), show);
    onBeforeUnmount(close);
    return () => h("div", { ref: place });
  },
});
