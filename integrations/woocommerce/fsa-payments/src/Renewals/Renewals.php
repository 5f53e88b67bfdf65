<?php
declare(strict_types=1);

namespace FsaPayments\Renewals;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Checkout\Sessions;
use FsaPayments\Checkout\Shoppers;
use FsaPayments\Log;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/**
 * Renewals of WooCommerce Subscriptions: its scheduler asks for a charge, and the cards that the shopper let the store keep for renewals
 * pay it. Each renewal is judged and split anew. Where no such card is kept, the renewal fails with words that say so, and the shopper
 * can pay the renewal order by hand like any other.
 */
final class Renewals {

	private const TRIES = '_fsa_payments_renewal_tries';

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'woocommerce_scheduled_subscription_payment_' . FSA_PAYMENTS_ID, array( $this, 'renew' ), 10, 2 );
	}

	/**
	 * @param float|mixed    $amount
	 * @param WC_Order|mixed $order the renewal's order
	 */
	public function renew( $amount, $order ): void {
		if ( ! $order instanceof WC_Order || $order->is_paid() ) {
			return;
		}
		try {
			OrderLock::run(
				$order->get_id(),
				function () use ( $order ) {
					$this->charge( OrderLock::fresh_order( $order->get_id() ) ?? $order );
				}
			);
		} catch ( ApiException $refused ) {
			$this->fail( $order, $refused );
		} catch ( LockBusy $busy ) {
			Log::warning( "Order {$order->get_id()}: the renewal is being charged already." );
		}
	}

	private function charge( WC_Order $order ): void {
		$shopper = ( new Shoppers( $this->services ) )->shopper_of( (int) $order->get_customer_id() );
		$cards   = '' !== $shopper ? self::choose( $this->services->client()->get( 'customers/' . rawurlencode( $shopper ) . '/payment_methods' )['data'] ?? array() ) : array();
		if ( ! $cards ) {
			$order->update_status( 'failed', __( 'The shopper has not let the store keep a card for renewals. They can pay this order from their account.', 'fsa-payments' ) );
			return;
		}
		$account = wc_get_page_permalink( 'myaccount' );
		$url     = ( new Sessions( $this->services ) )->url_for( $order, $account, $account );
		if ( '' === $url ) {
			return; // An earlier try was paid after all, and has been applied.
		}
		$session = (string) $order->get_meta( Meta::SESSION );
		$tries   = (int) $order->get_meta( self::TRIES );
		$body    = array(
			'cards'       => $cards,
			'off_session' => true,
		);
		try {
			$paid = $this->services->client()->post( 'checkout/sessions/' . rawurlencode( $session ) . '/confirm', $body, "woo-renew-$session-$tries", array( 'timeout' => 2 * Client::TIMEOUT ) );
		} catch ( ApiException $refused ) {
			if ( ! $refused->is_retryable() ) {
				$order->update_meta_data( self::TRIES, $tries + 1 ); // A bank's no is final for this key; the next try asks anew.
				$order->save();
			}
			throw $refused;
		}
		( new OrderSync( $this->services ) )->apply( $order, $paid );
	}

	/**
	 * Pure: the newest benefit card and the newest ordinary one that are kept for renewals, benefit card first.
	 *
	 * @param array[] $saved as the API lists them, newest first
	 */
	public static function choose( array $saved ): array {
		$benefit  = null;
		$ordinary = null;
		foreach ( $saved as $card ) {
			if ( 'active' !== ( $card['status'] ?? '' ) || 'subscriptions' !== ( $card['consent']['covers'] ?? '' ) ) {
				continue;
			}
			if ( in_array( $card['card']['account_kind'] ?? '', array( 'credit', 'debit', 'prepaid', '' ), true ) ) {
				$ordinary = $ordinary ?? $card['id'];
			} else {
				$benefit = $benefit ?? $card['id'];
			}
		}
		$cards = array();
		foreach ( array_filter( array( $benefit, $ordinary ) ) as $id ) {
			$cards[] = array( 'payment_method' => $id );
		}
		return $cards;
	}

	private function fail( WC_Order $order, ApiException $refused ): void {
		$order = OrderLock::fresh_order( $order->get_id() ) ?? $order;
		if ( $order->is_paid() ) {
			return;
		}
		$advice = (string) ( $refused->error()['advice'] ?? '' );
		/* translators: 1: why, 2: what the shopper can do */
		$order->update_status( 'failed', trim( sprintf( __( 'The renewal was not paid: %1$s %2$s', 'fsa-payments' ), $refused->getMessage(), $advice ) ) );
	}
}
