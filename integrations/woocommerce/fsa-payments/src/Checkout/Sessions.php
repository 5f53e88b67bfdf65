<?php
declare(strict_types=1);

namespace FsaPayments\Checkout;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Orders\Hooks;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/**
 * One session per attempt of an order. The idempotency key is made of the order, its attempt and its fingerprint, so a second click, a
 * repeat after a lost answer and a second tab get the session of the first. Another attempt begins only when the one before can no longer
 * be paid, or the order costs something else. Call it under the order's lock.
 */
final class Sessions {

	private const PAYABLE   = array( 'open', 'requires_action' );
	private const UNDER_WAY = array( 'processing', 'authorised', 'complete' );

	/** @var Services */
	private $services;

	/** @var Shoppers */
	private $shoppers;

	public function __construct( Services $services ) {
		$this->services = $services;
		$this->shoppers = new Shoppers( $services );
	}

	/**
	 * Where the shopper pays, or nothing if the order turns out to be paid already (and was brought up to date).
	 *
	 * @throws ApiException if the platform refuses or is away
	 */
	public function url_for( WC_Order $order, string $success_url, string $cancel_url ): string {
		$basket  = new Basket( OrderReader::read( $order ) );
		$body    = $this->body( $order, $basket, $success_url, $cancel_url );
		$account = (string) ( $this->services->settings()->account()['id'] ?? '' );
		$print   = self::fingerprint( $body, $account );
		$attempt = max( 1, (int) $order->get_meta( Meta::ATTEMPT ) );
		$current = (string) $order->get_meta( Meta::SESSION );
		if ( '' !== $current ) {
			$session = $this->look( $current );
			if ( $session && in_array( $session['status'], self::UNDER_WAY, true ) ) {
				( new OrderSync( $this->services ) )->apply( $order, $session );
				return '';
			}
			if ( $session && in_array( $session['status'], self::PAYABLE, true ) ) {
				if ( $order->get_meta( Meta::PRINT ) === $print ) {
					$order->update_meta_data( Meta::LINES, $basket->map() ); // WooCommerce makes the items anew when an order is resumed.
					$order->save();
					return (string) $session['url'];
				}
				$session = $this->close( $current );
				if ( $session && in_array( $session['status'], self::UNDER_WAY, true ) ) {
					( new OrderSync( $this->services ) )->apply( $order, $session );
					return '';
				}
			}
			++$attempt;
		}
		$session = $this->open( $order, $body, $print, $attempt );
		if ( ! isset( $body['shopper'] ) && $this->shoppers->may_name( $order ) && '' !== (string) ( $session['shopper'] ?? '' ) ) {
			// Once per customer: the first session says whom the platform takes them for, and only one that names them may keep a card.
			$this->shoppers->learn( $order, (string) $session['shopper'] );
			$body    = $this->body( $order, $basket, $success_url, $cancel_url );
			$print   = self::fingerprint( $body, $account );
			$nobody  = (string) $session['id'];
			$session = $this->open( $order, $body, $print, $attempt );
			if ( $nobody !== $session['id'] ) {
				$this->close( $nobody ); // Nobody was sent there.
			}
		}
		$order->update_meta_data( Meta::SESSION, $session['id'] );
		$order->update_meta_data( Meta::URL, $session['url'] );
		$order->update_meta_data( Meta::ATTEMPT, $attempt );
		$order->update_meta_data( Meta::PRINT, $print );
		$order->update_meta_data( Meta::LINES, $basket->map() );
		$order->update_meta_data( Meta::STATUS, $session['status'] );
		$order->update_meta_data( Meta::SPLIT, self::split( $session ) );
		Meta::apply( $order, $session['id'], '' );
		Hooks::look_later( (int) $order->get_id() );
		/* translators: %d: number of the attempt */
		Meta::tell( $order, sprintf( __( 'Attempt %d: sent to the payment page.', 'fsa-payments' ), $attempt ) );
		$order->save();
		return (string) $session['url'];
	}

	/** A session for the order, of whatever attempt: the same call gives the same session. */
	public function open( WC_Order $order, array $body, string $print, int $attempt ): array {
		$print .= '|' . $body['success_url'] . '|' . $body['cancel_url']; // From another page it is another call, of the same attempt.
		$key    = self::key( (int) $order->get_id(), (string) $order->get_order_key(), $attempt, $print );
		return $this->services->client()->post( 'checkout/sessions', $body, $key, array( 'timeout' => Client::QUICK ) );
	}

	/** Pure: at most 255 printable characters that say nothing about the order. */
	public static function key( int $order_id, string $order_key, int $attempt, string $print ): string {
		return 'woo-' . $order_id . '-' . $attempt . '-' . substr( hash( 'sha256', $order_key . '|' . $print ), 0, 40 );
	}

	/** Pure: what makes it another purchase: lines, amounts, who pays and how; not the addresses to come back to. */
	public static function fingerprint( array $body, string $account ): string {
		unset( $body['success_url'], $body['cancel_url'] );
		return hash( 'sha256', $account . (string) json_encode( $body ) ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- pure.
	}

	/** Pure: what of each line refunds and the order's panel need later. */
	public static function split( array $session ): array {
		$lines = array();
		foreach ( $session['line_items'] ?? array() as $line ) {
			$lines[ (int) $line['position'] ] = array(
				'title'          => (string) $line['title'],
				'quantity'       => (int) $line['quantity'],
				'total_cents'    => (int) $line['total_cents'],
				'shipping_cents' => (int) $line['shipping_cents'],
				'status'         => (string) ( $line['decision']['status'] ?? 'unknown' ),
				'reason'         => (string) ( $line['decision']['reason'] ?? '' ),
			);
		}
		return $lines;
	}

	public function body( WC_Order $order, Basket $basket, string $success_url, string $cancel_url ): array {
		$body  = $basket->body() + array(
			'success_url'         => $success_url,
			'cancel_url'          => $cancel_url,
			'capture_method'      => $this->services->settings()->is_capture_manual() ? 'manual' : 'automatic',
			'client_reference_id' => (string) $order->get_id(),
			'metadata'            => array( 'order_number' => (string) $order->get_order_number() ),
		);
		$known = $this->shoppers->shopper_of( (int) $order->get_customer_id() );
		if ( '' !== $known ) {
			$body['shopper'] = $known;
			if ( self::renews( $order ) ) {
				$body['save_cards'] = 'subscriptions';
			}
		} elseif ( is_email( $order->get_billing_email() ) ) {
			$body['shopper_email'] = $order->get_billing_email();
		}
		return apply_filters( 'fsa_payments_session_body', $body, $order );
	}

	/** The order begins, or goes on with, a subscription of WooCommerce Subscriptions: later charges need the shopper's consent. */
	private static function renews( WC_Order $order ): bool {
		return function_exists( 'wcs_order_contains_subscription' ) && wcs_order_contains_subscription( $order, array( 'any' ) );
	}

	/** Closes a session that is not to be paid any more, so that two tabs never pay twice; as it is then, which may be paid after all. */
	private function close( string $session ): array {
		try {
			return $this->services->client()->post( 'checkout/sessions/' . rawurlencode( $session ) . '/expire', array(), "woo-close-$session", array( 'timeout' => Client::QUICK ) );
		} catch ( ApiException $refused ) {
			if ( $refused->is_retryable() || $refused->is_key_refused() ) {
				throw $refused;
			}
			return $this->look( $session );
		}
	}

	/** The session as it is now; nothing if it is another account's or gone. */
	private function look( string $session ): array {
		try {
			return $this->services->client()->get( 'checkout/sessions/' . rawurlencode( $session ), array(), array( 'timeout' => Client::QUICK ) );
		} catch ( ApiException $refused ) {
			if ( 404 === $refused->http_status() ) {
				return array();
			}
			throw $refused;
		}
	}
}
