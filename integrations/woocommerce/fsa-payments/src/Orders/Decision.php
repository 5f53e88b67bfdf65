<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

defined( 'ABSPATH' ) || exit;

/**
 * What an order is to become, given what the platform says of a session now. Pure, so that every case stands in a table of tests.
 *
 * Order:   status (without wc-), total_cents, is_paid (it has been paid, by this session or by anything), is_current (the session is
 *          the order's newest attempt), is_ours (the order is paid by this gateway), applied (the step last applied of this session).
 * Session: as GET /v1/checkout/sessions/{id} answers.
 */
final class Decision {

	public const NOTHING     = 'nothing';
	public const COMPLETE    = 'complete';     // Paid and taken: payment_complete().
	public const AUTHORISED  = 'authorised';   // Approved, taken when the order is fulfilled.
	public const LETTER      = 'letter';       // Held until a letter of medical necessity comes: on-hold.
	public const DROPPED     = 'dropped';      // Paid, but for items whose letter did not come: they leave the order.
	public const MISMATCH    = 'mismatch';     // Paid, but not what the order costs: on-hold for a person.
	public const GIVE_BACK   = 'give_back';    // Paid for an order that is over or paid otherwise: void or refund.
	public const FAILED      = 'failed';       // Let go, or refused after it was authorised.
	public const RETRY       = 'retry';        // Ended unpaid; the shopper may try again.

	private const OVER = array( 'cancelled', 'refunded', 'trash' );

	public static function of( array $order, array $session ): string {
		$status = (string) ( $session['status'] ?? '' );
		$letter = (string) ( $session['letter_hold']['status'] ?? '' );
		if ( 'authorised' === $status || 'complete' === $status ) {
			return self::of_paid( $order, $session, $status, $letter );
		}
		if ( 'cancelled' === $status ) {
			return in_array( $order['applied'], array( self::AUTHORISED, self::LETTER, self::MISMATCH ), true ) && $order['is_current'] ? self::FAILED : self::NOTHING;
		}
		if ( 'expired' === $status && $order['is_current'] ) {
			return in_array( $order['applied'], array( self::AUTHORISED, self::LETTER, self::MISMATCH ), true ) ? self::FAILED : ( $order['is_paid'] ? self::NOTHING : self::RETRY );
		}
		return self::NOTHING;
	}

	private static function of_paid( array $order, array $session, string $status, string $letter ): string {
		$applied = (string) $order['applied'];
		if ( self::GIVE_BACK === $applied ) {
			return self::NOTHING;
		}
		$is_over = in_array( $order['status'], self::OVER, true );
		if ( $is_over && ( self::LETTER === $applied || ( self::AUTHORISED === $applied && 'authorised' === $status ) ) ) {
			return self::GIVE_BACK; // Cancelled while the money was held, and letting go of it failed then.
		}
		if ( '' === $applied ) {
			$is_taken = $order['is_paid'] || ! $order['is_ours'];
			if ( $is_over || $is_taken ) {
				return self::GIVE_BACK;
			}
			if ( (int) $session['amount_total_cents'] !== (int) $order['total_cents'] ) {
				// An older attempt at another price is not what the shopper agreed to pay now.
				return $order['is_current'] ? self::MISMATCH : self::GIVE_BACK;
			}
		}
		if ( 'authorised' === $status ) {
			if ( 'awaiting_letter' === $letter ) {
				return self::LETTER === $applied ? self::NOTHING : self::LETTER;
			}
			return in_array( $applied, array( '', self::LETTER ), true ) ? self::AUTHORISED : self::NOTHING;
		}
		if ( in_array( $applied, array( self::COMPLETE, self::DROPPED, self::MISMATCH ), true ) ) {
			return self::NOTHING;
		}
		if ( self::AUTHORISED === $applied ) {
			return self::COMPLETE; // What was held is taken; parts that were let go of are told by the capture's own note.
		}
		return self::is_dropped( $session ) ? self::DROPPED : self::COMPLETE;
	}

	public static function is_dropped( array $session ): bool {
		return (int) ( $session['letter_hold']['dropped_cents'] ?? 0 ) > 0;
	}
}
