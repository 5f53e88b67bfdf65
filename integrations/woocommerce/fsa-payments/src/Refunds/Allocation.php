<?php
declare(strict_types=1);

namespace FsaPayments\Refunds;

use FsaPayments\Money;

defined( 'ABSPATH' ) || exit;

/**
 * What WooCommerce is asked to refund, as the platform's refunds are asked for: by line wherever the lines say it, else by amount.
 * Pure. The platform knows no shipping line: shipping is part of each line's total, so shipping that is refunded goes to the lines by
 * the share of shipping that each carries.
 */
final class Allocation {

	/**
	 * @param int     $amount_cents what goes back in all
	 * @param array[] $asked        order item id => array( 'type' => line_item|fee|shipping, 'cents' => with its tax )
	 * @param array[] $map          position => array( item_id, type, quantity ), as Basket::map()
	 * @param array[] $split        position => array( total_cents, shipping_cents ), as Sessions::split()
	 * @return array  part of the body of a refund: line_items with amounts, or amount_cents
	 */
	public static function wish( int $amount_cents, array $asked, array $map, array $split ): array {
		$by_amount = array( 'amount_cents' => $amount_cents );
		$cents     = array();
		$shipping  = 0;
		foreach ( $asked as $item_id => $line ) {
			if ( $line['cents'] <= 0 ) {
				continue;
			}
			if ( 'shipping' === $line['type'] ) {
				$shipping += $line['cents'];
				continue;
			}
			$positions = self::positions_of( (int) $item_id, $map );
			$weights   = array();
			foreach ( $positions as $position ) {
				$weights[ $position ] = (int) ( $split[ $position ]['total_cents'] ?? 0 ) - (int) ( $split[ $position ]['shipping_cents'] ?? 0 );
			}
			if ( ! $weights || $line['cents'] > array_sum( $weights ) + 1 ) {
				return $by_amount; // A session discount was spread over it, or the map is of another basket.
			}
			foreach ( Money::spread( min( $line['cents'], array_sum( $weights ) ), $weights ) as $position => $share ) {
				$cents[ $position ] = ( $cents[ $position ] ?? 0 ) + $share;
			}
		}
		if ( $shipping > 0 ) {
			$weights = array();
			foreach ( $split as $position => $line ) {
				$weights[ $position ] = (int) $line['shipping_cents'];
			}
			if ( $shipping > array_sum( $weights ) + 1 ) {
				return $by_amount;
			}
			foreach ( Money::spread( min( $shipping, array_sum( $weights ) ), $weights ) as $position => $share ) {
				$cents[ $position ] = ( $cents[ $position ] ?? 0 ) + $share;
			}
		}
		$cents = self::settled( $cents, $amount_cents, count( $asked ), $split );
		if ( array_sum( $cents ) !== $amount_cents ) {
			return $by_amount; // The owner typed another amount than the lines add up to.
		}
		ksort( $cents );
		$lines = array();
		foreach ( array_filter( $cents ) as $position => $share ) {
			$lines[] = array(
				'position'     => (int) $position,
				'amount_cents' => $share,
			);
		}
		return array( 'line_items' => $lines );
	}

	/** WooCommerce rounds the sum and not the lines: a cent or two more or less, at most one a line, goes where there is room for it. */
	private static function settled( array $cents, int $amount_cents, int $lines, array $split ): array {
		$over = $amount_cents - array_sum( $cents );
		if ( 0 === $over || abs( $over ) > $lines ) {
			return $cents;
		}
		foreach ( $cents as $position => $share ) {
			$room                = $over > 0 ? (int) ( $split[ $position ]['total_cents'] ?? 0 ) - $share : $share;
			$moved               = min( abs( $over ), max( 0, $room ) ) * ( $over > 0 ? 1 : -1 );
			$cents[ $position ] += $moved;
			$over               -= $moved;
		}
		return $cents;
	}

	/** @return int[] the positions that came from this order item */
	private static function positions_of( int $item_id, array $map ): array {
		$positions = array();
		foreach ( $map as $position => $line ) {
			if ( (int) $line['item_id'] === $item_id ) {
				$positions[] = (int) $position;
			}
		}
		return $positions;
	}

	/** The same refund asked for again, after an answer that was lost, has the same key: WooCommerce has not counted the first one. */
	public static function key( string $payment, int $refunded_before_cents, array $wish ): string {
		return 'woo-refund-' . substr( hash( 'sha256', $payment . '|' . $refunded_before_cents . '|' . (string) json_encode( $wish ) ), 0, 48 ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode -- pure.
	}
}
