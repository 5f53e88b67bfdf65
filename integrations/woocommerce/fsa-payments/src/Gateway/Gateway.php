<?php
declare(strict_types=1);

namespace FsaPayments\Gateway;

use FsaPayments\Api\ApiException;
use FsaPayments\Checkout\ReturnPage;
use FsaPayments\Checkout\Sessions;
use FsaPayments\Checkout\Shoppers;
use FsaPayments\Log;
use FsaPayments\Plugin;
use FsaPayments\Refunds\Refunder;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;
use WC_Payment_Gateway;
use WP_Error;

defined( 'ABSPATH' ) || exit;

/**
 * The way to pay: the order becomes a session, the shopper pays on the platform's page. It hides itself where it could not take a
 * payment: not connected, key refused, another currency, platform away. The shop's other gateways go on.
 */
class Gateway extends WC_Payment_Gateway {

	/** @var Services */
	private $services;

	public function __construct( ?Services $services = null ) {
		$this->services           = $services ?? Plugin::services();
		$this->id                 = FSA_PAYMENTS_ID;
		$this->method_title       = __( 'FSA/HSA Payments', 'fsa-payments' );
		$this->method_description = __( 'Shoppers pay with FSA and HSA cards and any other card for the rest, split to the cent on a hosted page.', 'fsa-payments' );
		$this->has_fields         = false;
		$this->supports           = array(
			'products', 'refunds', 'subscriptions', 'subscription_cancellation', 'subscription_suspension', 'subscription_reactivation',
			'subscription_amount_changes', 'subscription_date_changes', 'multiple_subscriptions',
		);
		$settings                 = $this->services->settings();
		$this->enabled            = 'yes' === $settings->get( 'enabled' ) ? 'yes' : 'no';
		$this->title              = self::title_of( $settings->get( 'title' ) );
		$this->description        = self::description_of( $settings->get( 'description' ), $settings->mode() );
		$this->order_button_text  = __( 'Continue to payment', 'fsa-payments' );
	}

	/** @param mixed $title what the owner wrote */
	public static function title_of( $title ): string {
		return '' !== (string) $title ? (string) $title : __( 'FSA / HSA card', 'fsa-payments' );
	}

	/** @param mixed $text what the owner wrote */
	public static function description_of( $text, string $mode ): string {
		$text = '' !== (string) $text ? (string) $text : __( 'Pay what is eligible with your FSA or HSA card and the rest with any card. You choose the cards on the next page.', 'fsa-payments' );
		return 'test' === $mode ? $text . ' ' . __( 'Test mode: only test cards work, no money moves.', 'fsa-payments' ) : $text;
	}

	public function is_available(): bool {
		return 'yes' === $this->enabled && $this->can_take_payments() && ( 'USD' === get_woocommerce_currency() ) && $this->can_renew() && parent::is_available();
	}

	/** A subscription is sold only to a customer who can be named: nobody else may let the platform keep the card that renewals need. */
	private function can_renew(): bool {
		$has_subscription = class_exists( 'WC_Subscriptions_Cart' ) && \WC_Subscriptions_Cart::cart_contains_subscription();
		return ! $has_subscription || ( new Shoppers( $this->services ) )->may_be_named( get_current_user_id() );
	}

	/** Connected, not refused, and the platform answers. */
	public function can_take_payments(): bool {
		$settings = $this->services->settings();
		return $settings->is_connected() && ! $settings->is_key_refused() && ! $this->services->client()->circuit()->is_open();
	}

	/** WooCommerce's list of gateways shows "Set up" where this is true. */
	public function needs_setup(): bool {
		return ! $this->services->settings()->is_connected();
	}

	/** The owner's switch in the list of gateways. */
	public function update_option( $key, $value = '' ) {
		if ( 'enabled' === $key ) {
			$this->services->settings()->set( 'enabled', 'yes' === $value ? 'yes' : 'no' );
			$this->enabled = 'yes' === $value ? 'yes' : 'no';
			return true;
		}
		return parent::update_option( $key, $value );
	}

	/** The connect screen stands in place of WooCommerce's form. */
	public function admin_options() {
		do_action( 'fsa_payments_settings_screen' );
	}

	public function process_admin_options() {
		do_action( 'fsa_payments_settings_save' );
		return true;
	}

	/** @param int $order_id */
	public function process_payment( $order_id ) {
		try {
			return OrderLock::run(
				(int) $order_id,
				function () use ( $order_id ) {
					$order = OrderLock::fresh_order( (int) $order_id );
					if ( ! $order ) {
						throw new \RuntimeException( "Order $order_id is gone." );
					}
					return $this->send_to_pay( $order );
				}
			);
		} catch ( ApiException $refused ) {
			Log::error( "Order $order_id: no session", array( 'code' => $refused->code_name(), 'request_id' => $refused->request_id() ) );
			return $this->sorry( self::words_for( $refused ) );
		} catch ( LockBusy $busy ) {
			return $this->sorry( __( 'Your order is being processed already. Please wait a moment, then look at your orders before you try again.', 'fsa-payments' ) );
		}
	}

	private function send_to_pay( WC_Order $order ): array {
		$thanks = $this->get_return_url( $order );
		if ( $order->is_paid() ) {
			return array(
				'result'   => 'success',
				'redirect' => $thanks,
			);
		}
		$url = ( new Sessions( $this->services ) )->url_for( $order, ReturnPage::mark( $thanks ), self::back_url( $order ) );
		return array(
			'result'   => 'success',
			'redirect' => '' !== $url ? $url : $thanks,
		);
	}

	/** Back to where the shopper pressed the button: the order stays, and a second try is another look at the same session. */
	private static function back_url( WC_Order $order ): string {
		return function_exists( 'is_wc_endpoint_url' ) && is_wc_endpoint_url( 'order-pay' ) ? $order->get_checkout_payment_url() : wc_get_checkout_url();
	}

	/** One sentence for shoppers; the log and the owner's notice hold the rest. */
	public static function words_for( ApiException $refused ): string {
		if ( $refused->is_retryable() || $refused->is_key_refused() || 403 === $refused->http_status() ) {
			return __( 'FSA/HSA payment is not available at the moment. Nothing was charged: please choose another way to pay, or try again in a few minutes.', 'fsa-payments' );
		}
		return __( 'This order could not be sent to the FSA/HSA payment page. Nothing was charged: please choose another way to pay, or contact us.', 'fsa-payments' );
	}

	/** Block checkout reads the notice as well as the classic one. */
	private function sorry( string $text ): array {
		wc_add_notice( $text, 'error' );
		return array(
			'result'  => 'failure',
			'message' => $text,
		);
	}

	/**
	 * @param int        $order_id
	 * @param float|null $amount
	 * @param string     $reason
	 * @return bool|WP_Error
	 */
	public function process_refund( $order_id, $amount = null, $reason = '' ) {
		return ( new Refunder( $this->services ) )->refund( (int) $order_id, $amount );
	}

	/** @param WC_Order $order */
	public function can_refund_order( $order ) {
		return $order && '' !== (string) $order->get_meta( '_fsa_payments_payment' );
	}

	/** @param WC_Order $order */
	public function get_transaction_url( $order ) {
		$portal = (string) ( $this->services->settings()->account()['dashboard_url'] ?? '' );
		$sale   = (string) $order->get_meta( '_fsa_payments_session' );
		return '' !== $portal && '' !== $sale ? trailingslashit( $portal ) . 'sales/' . rawurlencode( $sale ) . '/' : '';
	}
}
