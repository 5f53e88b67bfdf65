<?php
declare(strict_types=1);

namespace FsaPayments\Refunds;

use FsaPayments\Api\ApiException;
use FsaPayments\Money;
use FsaPayments\Orders\Meta;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;
use WC_Order_Refund;
use WP_Error;

defined( 'ABSPATH' ) || exit;

/**
 * A refund from WooCommerce's order screen: to the cards that paid, benefit card first, line by line. The reason that the owner typed stays
 * in the shop: it may say what somebody suffers from, and a second press with other words must be the same refund.
 */
final class Refunder {

	/** @var WC_Order_Refund|null the refund that this request is making */
	private static $making = null;

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/** WooCommerce tells a gateway only the amount; the lines stand in the refund that it has just made. */
	public static function remember( WC_Order_Refund $refund ): void {
		self::$making = $refund;
	}

	/**
	 * @param float|string|null $amount
	 * @return true|WP_Error
	 */
	public function refund( int $order_id, $amount ) {
		try {
			return OrderLock::run(
				$order_id,
				function () use ( $order_id, $amount ) {
					return $this->under_lock( $order_id, Money::cents( $amount ) );
				}
			);
		} catch ( ApiException $refused ) {
			return new WP_Error( 'fsa_payments_' . $refused->code_name(), self::words_for( $refused ) );
		} catch ( LockBusy $busy ) {
			return new WP_Error( 'fsa_payments_busy', __( 'This order is being worked on. Try again in a moment.', 'fsa-payments' ) );
		}
	}

	/** @return true|WP_Error */
	private function under_lock( int $order_id, int $cents ) {
		$order   = wc_get_order( $order_id );
		$payment = $order instanceof WC_Order ? (string) $order->get_meta( Meta::PAYMENT ) : '';
		if ( '' === $payment || $cents <= 0 ) {
			return new WP_Error( 'fsa_payments_nothing', __( 'Nothing was paid by FSA/HSA payment for this order, or the amount is zero.', 'fsa-payments' ) );
		}
		$refund = self::$making && (int) self::$making->get_parent_id() === $order_id ? self::$making : null;
		$wish   = Allocation::wish( $cents, $refund ? self::lines_of( $refund ) : array(), Meta::list( $order, Meta::LINES ), Meta::list( $order, Meta::SPLIT ) );
		$before = self::made_here_cents( $order ) - ( $refund ? $cents : 0 );
		$body   = array( 'payment' => $payment ) + $wish;
		$made   = $this->services->client()->post( 'refunds', $body, Allocation::key( $payment, $before, $body ) );
		if ( self::was_told( $order, (string) $made['id'] ) ) {
			return new WP_Error( 'fsa_payments_made_already', __( 'This refund was made already: its answer was lost, and the platform’s message has written it into the order. Load the page anew to see it.', 'fsa-payments' ) );
		}
		if ( self::is_anothers( $order, (string) $made['id'], $refund ? (int) $refund->get_id() : 0 ) ) {
			return new WP_Error( 'fsa_payments_twice', __( 'The same refund was asked for twice at one moment, and was made once. If you mean it twice, press refund once more.', 'fsa-payments' ) );
		}
		if ( $refund ) {
			$refund->update_meta_data( Meta::REFUND, $made['id'] );
			$refund->save();
		}
		/* translators: 1: an amount, 2: cards with amounts */
		$note = sprintf( __( '%1$s goes back to %2$s.', 'fsa-payments' ), Money::dollars( (int) $made['amount_cents'] ), self::legs( $made ) );
		$order->add_order_note( $note );
		Meta::tell( $order, $note );
		$order->save();
		return true;
	}

	/**
	 * What this screen has refunded. What a message wrote is left out, since it may be the very refund whose answer was lost: asked for
	 * again, it must have the key that it had.
	 */
	private static function made_here_cents( WC_Order $order ): int {
		$cents = 0;
		foreach ( $order->get_refunds() as $refund ) {
			$cents += '' === (string) $refund->get_meta( Meta::TOLD ) ? Money::cents( $refund->get_amount() ) : 0;
		}
		return $cents;
	}

	/** The platform gave us a refund that a message had written: it counts as made here from now on, so that the next one is another. */
	private static function was_told( WC_Order $order, string $id ): bool {
		foreach ( $order->get_refunds() as $known ) {
			if ( $known->get_meta( Meta::REFUND ) === $id && '' !== (string) $known->get_meta( Meta::TOLD ) ) {
				$known->delete_meta_data( Meta::TOLD );
				$known->save();
				return true;
			}
		}
		return false;
	}

	/** Another refund of this order stands for it already: two windows pressed at once. */
	private static function is_anothers( WC_Order $order, string $id, int $own ): bool {
		foreach ( $order->get_refunds() as $known ) {
			if ( (int) $known->get_id() !== $own && $known->get_meta( Meta::REFUND ) === $id ) {
				return true;
			}
		}
		return false;
	}

	/** What the refund's items ask for: order item id => type and cents with tax. */
	public static function lines_of( WC_Order_Refund $refund ): array {
		$asked = array();
		foreach ( $refund->get_items( array( 'line_item', 'fee', 'shipping' ) ) as $item ) {
			$asked[ (int) $item->get_meta( '_refunded_item_id' ) ] = array(
				'type'  => $item->get_type(),
				'cents' => abs( Money::cents( $item->get_total() ) ) + abs( Money::cents( $item->get_total_tax() ) ),
			);
		}
		return $asked;
	}

	/** "HSA …0003: $10.01 and Visa …0007: $6.66" */
	public static function legs( array $refund ): string {
		$parts = array();
		foreach ( $refund['legs'] ?? array() as $leg ) {
			$parts[] = $leg['card'] . ': ' . Money::dollars( (int) $leg['amount_cents'] );
		}
		return implode( ', ', $parts );
	}

	public static function words_for( ApiException $refused ): string {
		if ( $refused->is_retryable() ) {
			return __( 'The FSA platform did not answer. Press refund once more: it is the same refund, and nothing goes back twice.', 'fsa-payments' );
		}
		if ( 'payment_not_refundable' === $refused->code_name() ) {
			return __( 'Nothing of this payment has been taken yet. Cancel the order to let go of what is held, or capture a part of it in the FSA/HSA panel.', 'fsa-payments' );
		}
		return $refused->getMessage();
	}
}
