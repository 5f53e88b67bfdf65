<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

use FsaPayments\Api\ApiException;
use FsaPayments\Log;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** What the shop's own doings mean for the payment: completed takes what is held, cancelled lets go of it, unpaid is looked at once more. */
final class Hooks {

	private const LATE_LOOK = 'fsa_payments_late_look';

	/** Minutes until a session's first look and from each to the next; it ends a day after it was opened. */
	private const LOOKS = array( 15, 60, 240, 600, 660 );

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'woocommerce_order_status_completed', array( $this, 'completed' ), 20 );
		add_action( 'woocommerce_order_status_cancelled', array( $this, 'cancelled' ), 20 );
		add_filter( 'woocommerce_cancel_unpaid_order', array( $this, 'may_cancel' ), 20, 2 );
		add_filter( 'woocommerce_valid_order_statuses_for_payment_complete', array( $this, 'not_from_cancelled' ), 20, 2 );
		add_action( self::LATE_LOOK, array( $this, 'late_look' ), 10, 2 );
	}

	/** @param int|mixed $order_id */
	public function completed( $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( ! $this->is_ours( $order ) || ! Capture::is_held( $order ) ) {
			return;
		}
		try {
			( new Capture( $this->services ) )->take( $order->get_id() );
		} catch ( ApiException $refused ) {
			$this->tell_failure( $order, $refused );
		} catch ( LockBusy $busy ) {
			$this->tell_failure( $order, $busy );
		}
	}

	/** An order that is completed but not paid must not look as if it were. */
	private function tell_failure( WC_Order $order, \RuntimeException $why ): void {
		Log::error( "Order {$order->get_id()}: capture failed", array( 'code' => $why instanceof ApiException ? $why->code_name() : 'busy' ) );
		/* translators: %s: why */
		$order->update_status( 'on-hold', sprintf( __( 'It is not known that the money was taken: %s Press “Take all that is held” in the FSA/HSA panel, or complete the order again: nothing is taken twice.', 'fsa-payments' ), $why->getMessage() ) );
	}

	/** @param int|mixed $order_id */
	public function cancelled( $order_id ): void {
		$order = wc_get_order( $order_id );
		if ( ! $this->is_ours( $order ) || ! Capture::is_held( $order ) ) {
			return;
		}
		try {
			( new Capture( $this->services ) )->release( $order->get_id() );
		} catch ( \RuntimeException $why ) {
			/* translators: %s: why */
			$order->add_order_note( sprintf( __( 'What is held could not be let go: %s It lapses by itself within a week; or void it in the FSA platform’s portal.', 'fsa-payments' ), $why->getMessage() ) );
		}
	}

	/**
	 * The cleaner of unpaid orders asks before it cancels. One whose payment is on its way, or waits for a letter, is kept; so is one of
	 * which nobody can say, because the platform is away.
	 *
	 * @param bool|mixed     $may
	 * @param WC_Order|mixed $order
	 */
	public function may_cancel( $may, $order ): bool {
		if ( ! $may || ! $this->is_ours( $order ) || '' === (string) $order->get_meta( Meta::SESSION ) ) {
			return (bool) $may;
		}
		try {
			$fresh = ( new OrderSync( $this->services ) )->refresh( $order->get_id(), (string) $order->get_meta( Meta::SESSION ), array( 'wait' => 2 ) );
		} catch ( \RuntimeException $away ) {
			return $away instanceof ApiException && ( 404 === $away->http_status() || $away->is_key_refused() );
		}
		return $fresh && $fresh->has_status( array( 'pending', 'checkout-draft' ) ) && ! in_array( (string) $fresh->get_meta( Meta::STATUS ), array( 'processing', 'authorised', 'complete' ), true );
	}

	/**
	 * WooCommerce would revive a cancelled order by payment_complete(). Ours never: the money goes back instead.
	 *
	 * @param array|mixed    $statuses
	 * @param WC_Order|mixed $order
	 */
	public function not_from_cancelled( $statuses, $order ): array {
		$statuses = (array) $statuses;
		return $this->is_ours( $order ) ? array_values( array_diff( $statuses, array( 'cancelled' ) ) ) : $statuses;
	}

	/** Looks at an unpaid order again and again while its session may be paid, should webhook and return both fail. */
	public static function look_later( int $order_id, int $turn = 0 ): void {
		if ( isset( self::LOOKS[ $turn ] ) && function_exists( 'as_schedule_single_action' ) ) {
			as_schedule_single_action( time() + self::LOOKS[ $turn ] * MINUTE_IN_SECONDS, self::LATE_LOOK, array( $order_id, $turn ), 'fsa-payments' );
		}
	}

	/** Nobody's paid order stays pending. @param int|mixed $order_id @param int|mixed $turn */
	public function late_look( $order_id, $turn = 0 ): void {
		$order = wc_get_order( (int) $order_id );
		if ( ! $this->is_ours( $order ) || ! $order->has_status( array( 'pending', 'failed' ) ) || '' === (string) $order->get_meta( Meta::SESSION ) ) {
			return;
		}
		try {
			$order = ( new OrderSync( $this->services ) )->refresh( $order->get_id(), (string) $order->get_meta( Meta::SESSION ) );
		} catch ( \RuntimeException $away ) {
			as_schedule_single_action( time() + HOUR_IN_SECONDS, self::LATE_LOOK, array( (int) $order_id, (int) $turn ), 'fsa-payments' );
			return;
		}
		if ( $order && in_array( (string) $order->get_meta( Meta::STATUS ), array( 'open', 'requires_action', 'processing' ), true ) ) {
			self::look_later( $order->get_id(), (int) $turn + 1 );
		}
	}

	/** @param WC_Order|mixed $order */
	private function is_ours( $order ): bool {
		return $order instanceof WC_Order && FSA_PAYMENTS_ID === $order->get_payment_method();
	}
}
