<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

use FsaPayments\Api\ApiException;
use FsaPayments\Checkout\Sessions;
use FsaPayments\Log;
use FsaPayments\Money;
use FsaPayments\Services;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/**
 * Brings an order to where its session is. Webhooks, the thank-you page and the cron all come through here: each asks the platform for
 * the session as it is now, so that order and repeats of events do not matter, and each step is done once.
 */
final class OrderSync {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/** Asks for the session and applies it, under the order's lock. Returns the order as it is then. */
	public function refresh( int $order_id, string $session_id, array $options = array() ): ?WC_Order {
		return OrderLock::run(
			$order_id,
			function () use ( $order_id, $session_id, $options ) {
				$order = OrderLock::fresh_order( $order_id );
				if ( $order ) {
					$this->apply( $order, $this->services->client()->get( 'checkout/sessions/' . rawurlencode( $session_id ), array(), $options ) );
				}
				return $order;
			},
			(int) ( $options['wait'] ?? 10 )
		);
	}

	/** The caller holds the order's lock, and read the order after it got it. */
	public function apply( WC_Order $order, array $session ): string {
		$id       = (string) $session['id'];
		$is_newest = $order->get_meta( Meta::SESSION ) === $id;
		$applied  = Meta::applied( $order, $id );
		$facts    = array(
			'status'      => $order->get_status(),
			'total_cents' => Money::cents( $order->get_total() ),
			'is_paid'     => $this->is_paid_by_another( $order, $id ),
			'is_current'  => $is_newest,
			'is_ours'     => FSA_PAYMENTS_ID === $order->get_payment_method(),
			'applied'     => $applied,
		);
		$step     = Decision::of( $facts, $session );
		if ( Decision::GIVE_BACK !== $step && ( $is_newest || ! in_array( $step, array( Decision::NOTHING, Decision::RETRY ), true ) ) ) {
			$this->keep( $order, $session );
		}
		if ( Decision::NOTHING !== $step ) {
			Log::info( "Order {$order->get_id()}: $step", array( 'session' => $id ) );
			// Before it is taken: payment_complete() saves both at once, so that no hook behind it (ours captures, others fail) sees an
			// order that is paid by nobody knows what. A step that throws has saved nothing.
			Meta::apply( $order, $id, $step );
			$this->take( $step, $order, $session );
		}
		$order->save();
		return $step;
	}

	/** Paid, and not by this session: by another attempt, another gateway or a person. */
	private function is_paid_by_another( WC_Order $order, string $id ): bool {
		foreach ( Meta::sessions( $order ) as $session => $step ) {
			if ( $session !== $id && in_array( $step, array( Decision::COMPLETE, Decision::AUTHORISED, Decision::DROPPED, Decision::LETTER, Decision::MISMATCH ), true ) ) {
				return true;
			}
		}
		return '' === Meta::applied( $order, $id ) && (bool) $order->get_date_paid();
	}

	private function take( string $step, WC_Order $order, array $session ): void {
		$amount = Money::dollars( (int) $session['amount_total_cents'] );
		switch ( $step ) {
			case Decision::COMPLETE:
				$this->complete( $order, $session );
				break;
			case Decision::AUTHORISED:
				/* translators: %s: an amount such as $12.00 */
				$this->told( $order, sprintf( __( '%s is approved and held. It is taken when the order is completed, or from the FSA/HSA panel.', 'fsa-payments' ), $amount ) );
				$order->payment_complete( (string) ( $session['payment']['id'] ?? '' ) );
				break;
			case Decision::LETTER:
				$until = (string) ( $session['letter_hold']['deadline_at'] ?? '' );
				$order->update_meta_data( Meta::HELD, $until );
				$order->set_transaction_id( (string) ( $session['payment']['id'] ?? '' ) );
				$order->update_status(
					'on-hold',
					/* translators: 1: an amount, 2: a date */
					sprintf( __( 'The order waits for a letter of medical necessity: %1$s is held, nothing is taken yet. The letter must come by %2$s. Do not ship before.', 'fsa-payments' ), $amount, self::day( $until ) )
				);
				Meta::tell( $order, __( 'Waits for a letter of medical necessity.', 'fsa-payments' ) );
				break;
			case Decision::DROPPED:
				( new DroppedItems() )->leave( $order, $session );
				$this->complete( $order, $session );
				break;
			case Decision::MISMATCH:
				$order->set_transaction_id( (string) ( $session['payment']['id'] ?? '' ) );
				$order->update_status(
					'on-hold',
					/* translators: 1: the amount paid, 2: the order's total */
					sprintf( __( 'The shopper paid %1$s, but the order is about %2$s now. Nothing was shipped or completed: put the order right, or refund the payment.', 'fsa-payments' ), $amount, Money::dollars( Money::cents( $order->get_total() ) ) )
				);
				Meta::tell( $order, __( 'The amount paid differs from the order.', 'fsa-payments' ) );
				break;
			case Decision::GIVE_BACK:
				$this->give_back( $order, $session );
				break;
			case Decision::FAILED:
				$this->told( $order, __( 'What was held for this order was let go: no money was taken.', 'fsa-payments' ) );
				if ( ! $order->has_status( array( 'cancelled', 'refunded', 'failed' ) ) ) {
					$order->update_status( 'cancelled' );
				}
				break;
			case Decision::RETRY:
				$this->told( $order, __( 'The payment page was left unpaid and is closed. The shopper can try again.', 'fsa-payments' ) );
				break;
		}
	}

	private function complete( WC_Order $order, array $session ): void {
		$payment = (string) ( $session['payment']['id'] ?? '' );
		/* translators: 1: an amount, 2: names of cards */
		$this->told( $order, sprintf( __( 'Paid %1$s by %2$s.', 'fsa-payments' ), Money::dollars( (int) ( $session['payment']['amount_captured_cents'] ?? 0 ) ), self::cards( $session ) ) );
		if ( ! $order->get_date_paid() ) {
			$order->payment_complete( $payment );
		}
	}

	/** Nobody is to pay for an order that is over, and nobody twice: the money goes back, whole, and the order stays as it is. */
	private function give_back( WC_Order $order, array $session ): void {
		$id  = (string) $session['id'];
		$due = Money::dollars( (int) $session['amount_total_cents'] );
		try {
			if ( 'authorised' === $session['status'] ) {
				$this->services->client()->post( 'checkout/sessions/' . rawurlencode( $id ) . '/void', array(), "woo-void-$id" );
			} else {
				$this->services->client()->post( 'refunds', array( 'payment' => (string) $session['payment']['id'] ), "woo-back-$id" );
			}
		} catch ( ApiException $refused ) {
			if ( $refused->is_retryable() ) {
				throw $refused; // The webhook comes again.
			}
			/* translators: 1: an amount, 2: why */
			$order->add_order_note( sprintf( __( 'A payment of %1$s came for this order although it was cancelled or paid already, and could not be given back: %2$s Please refund it in the FSA platform’s portal.', 'fsa-payments' ), $due, $refused->getMessage() ) );
			Log::error( "Order {$order->get_id()}: a payment could not be given back", array( 'session' => $id, 'code' => $refused->code_name() ) );
			return;
		}
		/* translators: %s: an amount */
		$this->told( $order, sprintf( __( 'A payment of %s came for this order although it was cancelled or paid already. It went back to the shopper’s cards; the order stays as it is.', 'fsa-payments' ), $due ) );
	}

	private function told( WC_Order $order, string $text ): void {
		$order->add_order_note( $text );
		Meta::tell( $order, $text );
	}

	/** What the panel, refunds and captures need. */
	private function keep( WC_Order $order, array $session ): void {
		$payment = $session['payment'] ?? null;
		$order->update_meta_data( Meta::SESSION, $session['id'] );
		$order->update_meta_data( Meta::STATUS, $session['status'] );
		$order->update_meta_data( Meta::SPLIT, Sessions::split( $session ) );
		if ( 'awaiting_letter' === ( $session['letter_hold']['status'] ?? '' ) ) {
			$order->update_meta_data( Meta::HELD, (string) $session['letter_hold']['deadline_at'] );
		} elseif ( 'authorised' === $session['status'] ) {
			$order->update_meta_data( Meta::HELD, (string) $session['expires_at'] );
		} else {
			$order->delete_meta_data( Meta::HELD );
		}
		if ( is_array( $payment ) ) {
			$order->update_meta_data( Meta::PAYMENT, $payment['id'] );
			$order->update_meta_data( Meta::TENDERS, self::tenders( $payment ) );
			$order->update_meta_data( Meta::RECEIPT, (string) ( $payment['receipt_url'] ?? '' ) );
		}
	}

	/** Pure: what is kept of each card. */
	public static function tenders( array $payment ): array {
		$kept = array();
		foreach ( $payment['tenders'] ?? array() as $tender ) {
			$kept[] = array_intersect_key(
				$tender,
				array_flip( array( 'id', 'kind', 'status', 'network', 'account_kind', 'last4', 'approved_cents', 'captured_cents', 'held_cents', 'refunded_cents', 'disputed_cents' ) )
			);
		}
		return $kept;
	}

	/** Pure: "HSA …0003 ($16.09) and Visa …0007 ($10.38)". */
	public static function cards( array $session ): string {
		$names = array();
		foreach ( $session['payment']['tenders'] ?? array() as $tender ) {
			if ( (int) ( $tender['approved_cents'] ?? 0 ) > 0 ) {
				$names[] = self::card( $tender ) . ' (' . Money::dollars( (int) $tender['approved_cents'] ) . ')';
			}
		}
		return implode( ' + ', $names );
	}

	public static function card( array $tender ): string {
		$kind = 'benefit' === $tender['kind'] ? strtoupper( (string) $tender['account_kind'] ) : ucfirst( (string) $tender['network'] );
		return trim( $kind ) . ' …' . $tender['last4'];
	}

	private static function day( string $moment ): string {
		$time = strtotime( $moment );
		return $time ? wp_date( get_option( 'date_format' ), $time ) : $moment;
	}
}
