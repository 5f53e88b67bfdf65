<?php
declare(strict_types=1);

namespace FsaPayments;

defined( 'ABSPATH' ) || exit;

/** Amounts as whole cents: WooCommerce keeps decimal texts and floats, the platform nothing but cents. Pure. */
final class Money {

	/** @param string|float|int|null $amount such as "12.99" or 12.985 */
	public static function cents( $amount ): int {
		return (int) round( (float) $amount * 100 );
	}

	/** "12.99", as WooCommerce takes it. */
	public static function decimal( int $cents ): string {
		return number_format( $cents / 100, 2, '.', '' );
	}

	/** "$12.99", for notes and logs, which hold no HTML. */
	public static function dollars( int $cents ): string {
		return ( $cents < 0 ? '-$' : '$' ) . number_format( abs( $cents ) / 100, 2, '.', ',' );
	}

	/**
	 * Shares of a sum in proportion to the weights, to the cent: the largest remainders get the cents that are left over.
	 *
	 * @param array<int|string,int> $weights
	 * @return array<int|string,int> by the same keys
	 */
	public static function spread( int $cents, array $weights ): array {
		$total  = array_sum( $weights );
		$shares = array_fill_keys( array_keys( $weights ), 0 );
		if ( 0 === $total || 0 === $cents ) {
			return $shares;
		}
		$left       = $cents;
		$remainders = array();
		foreach ( $weights as $key => $weight ) {
			$shares[ $key ]     = intdiv( $cents * $weight, $total );
			$remainders[ $key ] = ( $cents * $weight ) % $total;
			$left              -= $shares[ $key ];
		}
		arsort( $remainders );
		foreach ( array_keys( $remainders ) as $key ) {
			if ( 0 === $left ) {
				break;
			}
			++$shares[ $key ];
			--$left;
		}
		return $shares;
	}
}
