<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

use FsaPayments\Api\ApiException;
use FsaPayments\Money;
use FsaPayments\Services;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** Takes what is held, whole or by the units that were shipped; or lets go of it. Each is safe to repeat. */
final class Capture {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public static function is_held( WC_Order $order ): bool {
		return 'authorised' === $order->get_meta( Meta::STATUS );
	}

	/** Cents that are held and not taken. */
	public static function held_cents( WC_Order $order ): int {
		return self::is_held( $order ) ? (int) array_sum( array_column( Meta::list( $order, Meta::TENDERS ), 'held_cents' ) ) : 0;
	}

	/**
	 * @param array<int,int> $units    position => units shipped; empty takes everything that is held
	 * @param bool           $is_final lets go of the rest
	 * @throws ApiException if the platform refuses or is away
	 */
	public function take( int $order_id, array $units = array(), bool $is_final = false ): void {
		OrderLock::run(
			$order_id,
			function () use ( $order_id, $units, $is_final ) {
				$order = OrderLock::fresh_order( $order_id );
				if ( ! $order || ! self::is_held( $order ) ) {
					return;
				}
				$id     = (string) $order->get_meta( Meta::SESSION );
				$before = self::captured( Meta::list( $order, Meta::TENDERS ) );
				$body   = array();
				foreach ( $units as $position => $quantity ) {
					$body['line_items'][] = array(
						'position' => (int) $position,
						'quantity' => (int) $quantity,
					);
				}
				if ( $body && $is_final ) {
					$body['is_final'] = true;
				}
				$session = $this->services->client()->post( 'checkout/sessions/' . rawurlencode( $id ) . '/capture', $body, self::key( $id, $before, $body ) );
				$taken   = (int) $session['payment']['amount_captured_cents'] - $before;
				/* translators: %s: an amount */
				$note = sprintf( __( '%s was taken from the cards.', 'fsa-payments' ), Money::dollars( $taken ) );
				$order->add_order_note( $note );
				Meta::tell( $order, $note );
				if ( 'authorised' === $session['status'] ) {
					$order->update_meta_data( Meta::SHIPPED, $this->shipped( (string) $session['payment']['id'] ) );
				}
				( new OrderSync( $this->services ) )->apply( $order, $session );
			}
		);
	}

	/** Units taken so far, captures in the portal included; the money is taken by now, so that a platform that is away spoils nothing. */
	private function shipped( string $payment ): array {
		try {
			return self::units_of( $this->services->client()->get( 'payments/' . rawurlencode( $payment ) . '/captures' )['data'] ?? array() );
		} catch ( ApiException $away ) {
			return array();
		}
	}

	/**
	 * Pure: position => units, of all captures.
	 *
	 * @param array[] $captures as the API lists them
	 */
	public static function units_of( array $captures ): array {
		$units = array();
		foreach ( $captures as $capture ) {
			foreach ( $capture['line_items'] as $line ) {
				$units[ (int) $line['position'] ] = ( $units[ (int) $line['position'] ] ?? 0 ) + (int) $line['quantity'];
			}
		}
		return $units;
	}

	/** Lets go of what is held. */
	public function release( int $order_id ): void {
		OrderLock::run(
			$order_id,
			function () use ( $order_id ) {
				$order = OrderLock::fresh_order( $order_id );
				if ( ! $order || ! self::is_held( $order ) ) {
					return;
				}
				$id      = (string) $order->get_meta( Meta::SESSION );
				$session = $this->services->client()->post( 'checkout/sessions/' . rawurlencode( $id ) . '/void', array(), "woo-void-$id" );
				( new OrderSync( $this->services ) )->apply( $order, $session );
			}
		);
	}

	/** Pure: the same capture after a lost answer has the same key, the next one another. */
	public static function key( string $session, int $captured_before_cents, array $body ): string {
		return 'woo-capture-' . substr( hash( 'sha256', $session . '|' . $captured_before_cents . '|' . (string) json_encode( $body ) ), 0, 48 ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- pure.
	}

	private static function captured( array $tenders ): int {
		return (int) array_sum( array_column( $tenders, 'captured_cents' ) );
	}
}
