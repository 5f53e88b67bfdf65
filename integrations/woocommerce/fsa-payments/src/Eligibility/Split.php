<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** Pure: a basket as the platform splits it, in cents, and what shoppers are told of the answer. */
final class Split {

	/**
	 * @param array $lines    each `product` (the platform's id, or nothing), `title`, `total` and `tax` as the cart keeps them
	 * @param float $shipping with its tax
	 * @param array $fees     title => amount with tax; one below nothing is a discount
	 * @return array the request's body; empty where there is nothing to split
	 */
	public static function body( array $lines, float $shipping, array $fees = array() ): array {
		$items    = array();
		$discount = 0;
		foreach ( $lines as $line ) {
			$item = array( 'quantity' => 1, 'unit_price_cents' => self::cents( (float) $line['total'] ), 'tax_cents' => self::cents( (float) $line['tax'] ) );
			$items[] = $item + ( '' === (string) $line['product'] ? array( 'title' => self::title( $line['title'] ) ) : array( 'product' => (string) $line['product'] ) );
		}
		foreach ( $fees as $title => $amount ) {
			if ( $amount < 0 ) {
				$discount -= self::cents( (float) $amount );
			} else {
				$items[] = array( 'title' => self::title( (string) $title ), 'quantity' => 1, 'unit_price_cents' => self::cents( (float) $amount ) );
			}
		}
		return $items && count( $items ) <= 200 ? array( 'line_items' => $items, 'shipping_cents' => self::cents( $shipping ), 'discount_cents' => $discount ) : array();
	}

	/**
	 * What of the answer is shown; null where it tells nothing or does not come to what the cart says.
	 *
	 * @return array|null eligible, letter and other, in cents
	 */
	public static function parts( array $answer, float $cart_total ): ?array {
		$total    = (int) ( $answer['amount_total_cents'] ?? -1 );
		$eligible = (int) ( $answer['amount_eligible_cents'] ?? 0 );
		$letter   = (int) ( $answer['amount_with_letter_cents'] ?? 0 );
		if ( $total !== self::cents( $cart_total ) || 'USD' !== ( $answer['currency'] ?? '' ) || $eligible + $letter <= 0 || $eligible > $total ) {
			return null;
		}
		return array( 'eligible' => $eligible, 'letter' => $letter, 'other' => $total - $eligible );
	}

	public static function cents( float $amount ): int {
		return (int) round( $amount * 100 );
	}

	private static function title( string $title ): string {
		$plain = mb_substr( Item::plain( $title ), 0, 200 );
		return '' === $plain ? 'Item' : $plain;
	}
}
