<?php
declare(strict_types=1);

namespace FsaPayments\Checkout;

use FsaPayments\Money;

defined( 'ABSPATH' ) || exit;

/**
 * An order as the body of a session, to the cent. Pure: OrderReader makes the plain arrays out of a WC_Order.
 *
 * In:  array( 'items' => array( array( item_id, title, quantity (float), subtotal_cents (before coupons, without tax), total_cents (after
 *      coupons, without tax), tax_cents, product (prd_… or ''), sku, gtin ) ), 'fees' => array( array( item_id, title, total_cents,
 *      tax_cents ) ), 'shipping' => array( array( item_id, total_cents, tax_cents ) ), 'total_cents' => int )
 * Out: lines() for the API, shipping_cents(), discount_cents(), and map(): which order item each position came from.
 *
 * What the API computes is quantity × unit price − discount + tax (+ shipping share), so a line is sent as it multiplies:
 *  - its price before coupons divides by its quantity: quantity and unit price as they are, the coupon as the line's discount;
 *  - it does not (taxes taken out of gross prices leave a third of a cent), but two prices a cent apart do: two lines;
 *  - or its quantity is no whole number: one unit, with "× 0.5" in the title.
 * Fees that cost something are lines; fees that give something back are the session's discount, which the API spreads over the goods.
 * Shipping with its tax is shipping_cents. What rounding of the shop's own total leaves over (a cent or two) is put on the first tax.
 */
final class Basket {

	private const MAX_TITLE = 400;

	/** @var array[] */
	private $lines = array();

	/** @var array[] by position: item_id, type, quantity (of the order's item), part ('whole' or 'split') */
	private $map = array();

	/** @var int */
	private $shipping_cents = 0;

	/** @var int */
	private $discount_cents = 0;

	/** @var int */
	private $total_cents;

	public function __construct( array $order ) {
		$this->total_cents = (int) $order['total_cents'];
		foreach ( $order['items'] as $item ) {
			$this->add_item( $item );
		}
		foreach ( $order['fees'] as $fee ) {
			$this->add_fee( $fee );
		}
		foreach ( $order['shipping'] as $shipping ) {
			$this->shipping_cents += $shipping['total_cents'] + $shipping['tax_cents'];
		}
		$this->settle_rounding();
	}

	public function lines(): array {
		return $this->lines;
	}

	public function map(): array {
		return $this->map;
	}

	public function shipping_cents(): int {
		return $this->shipping_cents;
	}

	public function discount_cents(): int {
		return $this->discount_cents;
	}

	/** What the platform will compute. It equals the order's total unless the order is none that can be told in lines. */
	public function computed_cents(): int {
		$cents = $this->shipping_cents - $this->discount_cents;
		foreach ( $this->lines as $line ) {
			$cents += self::line_cents( $line );
		}
		return $cents;
	}

	/** The part of the session's body that is about the basket. */
	public function body(): array {
		return array(
			'line_items'         => $this->lines,
			'shipping_cents'     => $this->shipping_cents,
			'discount_cents'     => $this->discount_cents,
			'amount_total_cents' => $this->total_cents,
		);
	}

	private static function line_cents( array $line ): int {
		return $line['quantity'] * $line['unit_price_cents'] - ( $line['discount_cents'] ?? 0 ) + ( $line['tax_cents'] ?? 0 );
	}

	private function add_item( array $item ): void {
		$quantity = (float) $item['quantity'];
		$before   = max( (int) $item['subtotal_cents'], (int) $item['total_cents'] );
		$discount = $before - (int) $item['total_cents'];
		$whole    = (int) $quantity;
		if ( $before < 0 || $quantity <= 0 ) {
			return;
		}
		if ( (float) $whole !== $quantity || $whole > 10000 ) {
			$this->add_line( $item, self::times( (string) $item['title'], $quantity ), 1, $before, $discount, (int) $item['tax_cents'] );
			return;
		}
		$unit = intdiv( $before, $whole );
		$rest = $before - $unit * $whole;
		if ( 0 === $rest ) {
			$this->add_line( $item, (string) $item['title'], $whole, $unit, $discount, (int) $item['tax_cents'] );
			return;
		}
		// So many units at the higher price, the others a cent cheaper; coupon and tax go by what each part costs.
		$parts     = array( $rest * ( $unit + 1 ), ( $whole - $rest ) * $unit );
		$discounts = Money::spread( $discount, $parts );
		$taxes     = Money::spread( (int) $item['tax_cents'], $parts );
		$this->add_line( $item, (string) $item['title'], $rest, $unit + 1, $discounts[0], $taxes[0] );
		$this->add_line( $item, (string) $item['title'], $whole - $rest, $unit, $discounts[1], $taxes[1] );
	}

	private function add_line( array $item, string $title, int $quantity, int $unit_cents, int $discount_cents, int $tax_cents ): void {
		$line = array(
			'title'            => self::clean( $title ),
			'quantity'         => $quantity,
			'unit_price_cents' => $unit_cents,
		);
		foreach ( array( 'product', 'sku', 'gtin' ) as $name ) {
			if ( '' !== (string) ( $item[ $name ] ?? '' ) ) {
				$line[ $name ] = (string) $item[ $name ];
			}
		}
		if ( $discount_cents > 0 ) {
			$line['discount_cents'] = $discount_cents;
		}
		if ( $tax_cents > 0 ) {
			$line['tax_cents'] = $tax_cents;
		}
		$this->lines[] = $line;
		$this->map[]   = array(
			'item_id'  => (int) $item['item_id'],
			'type'     => 'line_item',
			'quantity' => $quantity,
		);
	}

	private function add_fee( array $fee ): void {
		$gross = $fee['total_cents'] + $fee['tax_cents'];
		if ( $gross < 0 ) {
			$this->discount_cents -= $gross;
		} elseif ( $gross > 0 ) {
			$this->lines[] = array(
				'title'            => self::clean( (string) $fee['title'] ),
				'quantity'         => 1,
				'unit_price_cents' => max( 0, $fee['total_cents'] ),
			) + ( $gross > $fee['total_cents'] ? array( 'tax_cents' => $gross - max( 0, $fee['total_cents'] ) ) : array() );
			$this->map[]   = array(
				'item_id'  => (int) $fee['item_id'],
				'type'     => 'fee',
				'quantity' => 1,
			);
		}
	}

	/** WooCommerce may round taxes per order and not per line; the shop's total is what the shopper saw. */
	private function settle_rounding(): void {
		$over = $this->total_cents - $this->computed_cents();
		if ( 0 === $over || abs( $over ) > count( $this->lines ) + 1 ) {
			return;
		}
		if ( $over > 0 && $this->lines ) {
			$this->lines[0]['tax_cents'] = ( $this->lines[0]['tax_cents'] ?? 0 ) + $over;
			return;
		}
		foreach ( $this->lines as $at => $line ) {
			$tax = $line['tax_cents'] ?? 0;
			if ( $over < 0 && $tax > 0 ) {
				$taken                           = min( $tax, -$over );
				$this->lines[ $at ]['tax_cents'] = $tax - $taken;
				$over                           += $taken;
			}
		}
		if ( $over < 0 ) {
			$this->discount_cents -= $over;
		}
	}

	private static function times( string $title, float $quantity ): string {
		return $title . ' × ' . rtrim( rtrim( number_format( $quantity, 4, '.', '' ), '0' ), '.' );
	}

	private static function clean( string $title ): string {
		$title = trim( (string) preg_replace( '/[\x00-\x1F\x7F\s]+/u', ' ', $title ) );
		$title = function_exists( 'mb_substr' ) ? mb_substr( $title, 0, self::MAX_TITLE ) : substr( $title, 0, self::MAX_TITLE );
		return '' === $title ? 'Item' : $title;
	}
}
