<?php
declare(strict_types=1);

namespace FsaPayments\Checkout;

use FsaPayments\Api\ApiException;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/**
 * The shopper comes back. Often the webhook was there before; where it is late, the thank-you page asks the platform itself, and while
 * the answer is not there yet, a small script goes on asking. The address proves nothing: only what the platform says counts.
 */
final class ReturnPage {

	private const ACTION = 'fsa_payments_paid';

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'template_redirect', array( $this, 'catch_up' ), 5 );
		add_action( 'woocommerce_before_thankyou', array( $this, 'show' ) );
		add_action( 'wc_ajax_' . self::ACTION, array( $this, 'answer' ) );
		add_filter( 'woocommerce_thankyou_order_received_text', array( $this, 'words' ), 20, 2 );
		add_filter( 'render_block_woocommerce/order-confirmation-status', array( $this, 'show_in_block' ), 10, 2 );
	}

	/** The address to come back to, so that an ordinary look at the page asks nothing. */
	public static function mark( string $url ): string {
		return add_query_arg( 'fsa_payments', '1', $url );
	}

	/** Before the page is made, so that it shows the order as it is now. */
	public function catch_up(): void {
		$order = $this->order_of_page();
		if ( $order && $this->is_waiting( $order ) ) {
			$this->ask( $order, 3 );
			if ( function_exists( 'WC' ) && WC()->cart && ! $this->is_waiting( $order ) ) {
				WC()->cart->empty_cart();
			}
		}
	}

	/** Waiting for the platform's word: ours, unpaid, and not known to wait for a letter. */
	private function is_waiting( WC_Order $order ): bool {
		return FSA_PAYMENTS_ID === $order->get_payment_method() && '' !== (string) $order->get_meta( Meta::SESSION ) && $order->has_status( array( 'pending', 'failed', 'checkout-draft' ) );
	}

	private function ask( WC_Order $order, int $wait ): void {
		try {
			$fresh = ( new OrderSync( $this->services ) )->refresh( $order->get_id(), (string) $order->get_meta( Meta::SESSION ), array( 'timeout' => 5, 'wait' => $wait ) );
			if ( $fresh ) {
				$order->read_meta_data( true );
				$order->set_status( $fresh->get_status() );
			}
		} catch ( ApiException $away ) {
			unset( $away ); // The webhook or the script's next question will tell.
		} catch ( LockBusy $busy ) {
			unset( $busy ); // The webhook is at it.
		}
	}

	/** @param int|mixed $order_id */
	public function show( $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( $order instanceof WC_Order && $this->is_waiting( $order ) ) {
			echo $this->waiting_html( $order ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- escaped where it is made.
		}
	}

	/** @param mixed $block */
	public function show_in_block( string $html, $block ): string {
		$order = $this->order_of_page();
		return $order && $this->is_waiting( $order ) ? $this->waiting_html( $order ) . $html : $html;
	}

	private function waiting_html( WC_Order $order ): string {
		wp_enqueue_script( 'fsa-payments-return', plugins_url( 'assets/js/return.js', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION, true );
		$ask = add_query_arg(
			array(
				'order' => $order->get_id(),
				'key'   => $order->get_order_key(),
			),
			\WC_AJAX::get_endpoint( self::ACTION )
		);
		return '<p class="woocommerce-info fsa-payments-waiting" role="status" data-ask="' . esc_attr( $ask ) . '" data-late="' . esc_attr__( 'This takes longer than usual. You need not wait here: we will e-mail you as soon as the payment is confirmed. Please do not pay again.', 'fsa-payments' ) . '">'
			. esc_html__( 'We are waiting for your payment to be confirmed. This takes a few seconds.', 'fsa-payments' ) . '</p>';
	}

	/** {"state": "waiting" | "done"}; the order's key is what its own page has in its address. */
	public function answer(): void {
		// phpcs:disable WordPress.Security.NonceVerification.Recommended -- reads only; the order's secret key says who asks.
		$order = wc_get_order( isset( $_GET['order'] ) ? absint( $_GET['order'] ) : 0 );
		$key   = isset( $_GET['key'] ) ? sanitize_text_field( wp_unslash( $_GET['key'] ) ) : '';
		// phpcs:enable
		if ( ! $order instanceof WC_Order || '' === $key || ! hash_equals( $order->get_order_key(), $key ) ) {
			wp_send_json( array( 'state' => 'unknown' ), 404 );
		}
		if ( $this->is_waiting( $order ) ) {
			$this->ask( $order, 1 );
		}
		wp_send_json( array( 'state' => $this->is_waiting( $order ) ? 'waiting' : 'done' ) );
	}

	/**
	 * @param string        $text
	 * @param WC_Order|null $order
	 */
	public function words( $text, $order ): string {
		if ( ! $order instanceof WC_Order || FSA_PAYMENTS_ID !== $order->get_payment_method() ) {
			return (string) $text;
		}
		if ( $order->has_status( 'on-hold' ) && Meta::waits_for_letter( $order ) ) {
			return esc_html__( 'Thank you. Your order waits for a letter of medical necessity; nothing has been charged yet. We will write to you when it is decided.', 'fsa-payments' );
		}
		return $this->is_waiting( $order ) ? esc_html__( 'Thank you. Your order has been received.', 'fsa-payments' ) : (string) $text;
	}

	/** The order of the thank-you page, if its key is in the address. */
	private function order_of_page(): ?WC_Order {
		global $wp;
		if ( ! function_exists( 'is_order_received_page' ) || ! is_order_received_page() ) {
			return null;
		}
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- reads only.
		$key   = isset( $_GET['key'] ) ? sanitize_text_field( wp_unslash( $_GET['key'] ) ) : '';
		$order = wc_get_order( absint( $wp->query_vars['order-received'] ?? 0 ) );
		return $order instanceof WC_Order && '' !== $key && hash_equals( $order->get_order_key(), $key ) ? $order : null;
	}
}
