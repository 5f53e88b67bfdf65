<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

use WC_Order;

defined( 'ABSPATH' ) || exit;

/** What is kept with an order, and the orders that a session or payment belongs to. HPOS-safe: order meta only. */
final class Meta {

	public const SESSION  = '_fsa_payments_session';
	public const SESSIONS = '_fsa_payments_sessions';   // Every attempt's session => what was last applied of it.
	public const ATTEMPT  = '_fsa_payments_attempt';
	public const PRINT    = '_fsa_payments_fingerprint';
	public const URL      = '_fsa_payments_url';
	public const LINES    = '_fsa_payments_lines';      // Position => order item, as Basket::map() says.
	public const SPLIT    = '_fsa_payments_split';      // Position => title, total, shipping, verdict: for refunds and the panel.
	public const SHIPPED  = '_fsa_payments_shipped';    // Position => units that captures have taken.
	public const PAYMENT  = '_fsa_payments_payment';
	public const TENDERS  = '_fsa_payments_tenders';
	public const RECEIPT  = '_fsa_payments_receipt_url';
	public const STATUS   = '_fsa_payments_status';
	public const HELD     = '_fsa_payments_held_until';
	public const TIMELINE = '_fsa_payments_timeline';
	public const DISPUTE  = '_fsa_payments_dispute';
	public const REFUND   = '_fsa_payments_refund';     // On a refund of the order: the platform's re_… id.
	public const TOLD     = '_fsa_payments_told';       // On a refund that a message wrote, not this shop's screen.
	public const SHOPPER  = '_fsa_payments_shopper';    // On a user: shopper, account, e-mail.

	private const TIMELINE_LENGTH = 60;

	/** @return array<string,string> session id => the step last applied of it */
	public static function sessions( WC_Order $order ): array {
		$sessions = $order->get_meta( self::SESSIONS );
		return is_array( $sessions ) ? $sessions : array();
	}

	public static function applied( WC_Order $order, string $session ): string {
		return (string) ( self::sessions( $order )[ $session ] ?? '' );
	}

	public static function apply( WC_Order $order, string $session, string $step ): void {
		$sessions             = self::sessions( $order );
		$sessions[ $session ] = $step;
		$order->update_meta_data( self::SESSIONS, $sessions );
	}

	/** On hold for a letter of medical necessity, and not for a dispute, a difference or a capture that failed. */
	public static function waits_for_letter( WC_Order $order ): bool {
		return Decision::LETTER === self::applied( $order, (string) $order->get_meta( self::SESSION ) );
	}

	/** @return array[] */
	public static function list( WC_Order $order, string $name ): array {
		$value = $order->get_meta( $name );
		return is_array( $value ) ? $value : array();
	}

	/** One more line of what happened, newest last; no item is named in it. */
	public static function tell( WC_Order $order, string $text ): void {
		$timeline   = self::list( $order, self::TIMELINE );
		$timeline[] = array(
			'at'   => time(),
			'text' => $text,
		);
		$order->update_meta_data( self::TIMELINE, array_slice( $timeline, -self::TIMELINE_LENGTH ) );
	}

	/** The order of an event: by the reference that we gave the session, checked against the session that the order knows. */
	public static function order_of( string $session, string $reference ): ?WC_Order {
		$order = ctype_digit( $reference ) ? wc_get_order( (int) $reference ) : null;
		if ( $order instanceof WC_Order && '' !== $session && ( $order->get_meta( self::SESSION ) === $session || isset( self::sessions( $order )[ $session ] ) ) ) {
			return $order;
		}
		if ( '' === $session ) {
			return null;
		}
		$found = wc_get_orders(
			array(
				'limit'      => 1,
				'type'       => 'shop_order',
				'meta_key'   => self::SESSION, // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_key -- only where the reference led nowhere.
				'meta_value' => $session, // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_value
			)
		);
		$found = is_array( $found ) ? reset( $found ) : null;
		return $found instanceof WC_Order && $found->get_meta( self::SESSION ) === $session ? $found : null;
	}
}
