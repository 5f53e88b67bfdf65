import { type PropType } from "vue";
import type { CartLine, CheckoutEvent, Fsa, SessionLike } from "./fsa.js";
export declare const FsaBadge: import("vue").DefineComponent<import("vue").ExtractPropTypes<{
    product: {
        type: StringConstructor;
        required: true;
    };
    lang: StringConstructor;
    theme: StringConstructor;
    showReason: BooleanConstructor;
}>, () => import("vue").VNode<import("vue").RendererNode, import("vue").RendererElement, {
    [key: string]: any;
}>, {}, {}, {}, import("vue").ComponentOptionsMixin, import("vue").ComponentOptionsMixin, "verdict"[], "verdict", import("vue").PublicProps, Readonly<import("vue").ExtractPropTypes<{
    product: {
        type: StringConstructor;
        required: true;
    };
    lang: StringConstructor;
    theme: StringConstructor;
    showReason: BooleanConstructor;
}>> & Readonly<{
    onVerdict?: ((...args: any[]) => any) | undefined;
}>, {
    showReason: boolean;
}, {}, {}, {}, string, import("vue").ComponentProvideOptions, true, {}, any>;
export declare const FsaCartSplit: import("vue").DefineComponent<import("vue").ExtractPropTypes<{
    lines: {
        type: PropType<readonly CartLine[]>;
        required: true;
    };
    shippingCents: NumberConstructor;
    discountCents: NumberConstructor;
    lang: StringConstructor;
    theme: StringConstructor;
}>, () => import("vue").VNode<import("vue").RendererNode, import("vue").RendererElement, {
    [key: string]: any;
}>, {}, {}, {}, import("vue").ComponentOptionsMixin, import("vue").ComponentOptionsMixin, "split"[], "split", import("vue").PublicProps, Readonly<import("vue").ExtractPropTypes<{
    lines: {
        type: PropType<readonly CartLine[]>;
        required: true;
    };
    shippingCents: NumberConstructor;
    discountCents: NumberConstructor;
    lang: StringConstructor;
    theme: StringConstructor;
}>> & Readonly<{
    onSplit?: ((...args: any[]) => any) | undefined;
}>, {}, {}, {}, {}, string, import("vue").ComponentProvideOptions, true, {}, any>;
/** The hosted page in a frame, for as long as the component is shown. */
export declare const FsaCheckout: import("vue").DefineComponent<import("vue").ExtractPropTypes<{
    fsa: {
        type: PropType<Fsa>;
        required: true;
    };
    session: {
        type: PropType<SessionLike>;
        required: true;
    };
}>, () => import("vue").VNode<import("vue").RendererNode, import("vue").RendererElement, {
    [key: string]: any;
}>, {}, {}, {}, import("vue").ComponentOptionsMixin, import("vue").ComponentOptionsMixin, {
    event: (event: CheckoutEvent) => boolean;
}, string, import("vue").PublicProps, Readonly<import("vue").ExtractPropTypes<{
    fsa: {
        type: PropType<Fsa>;
        required: true;
    };
    session: {
        type: PropType<SessionLike>;
        required: true;
    };
}>> & Readonly<{
    onEvent?: ((event: CheckoutEvent) => any) | undefined;
}>, {}, {}, {}, {}, string, import("vue").ComponentProvideOptions, true, {}, any>;
