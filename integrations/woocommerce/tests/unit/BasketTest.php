<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Checkout\Basket;
use FsaPayments\Checkout\OrderReader;
use PHPUnit\Framework\TestCase;

/** Orders as sessions: every cent of the shop's total is told, in lines that multiply. */
final class BasketTest extends TestCase {

	private static function basket( int $total, array $items, array $fees = array(), array $shipping = array() ): Basket {
		$lines = array();
		foreach ( $items as $at => $item ) {
			list( $quantity, $subtotal, $cents, $tax ) = $item;
			$lines[] = array( 'item_id' => 10 + $at, 'title' => 'Item ' . $at, 'quantity' => (float) $quantity, 'subtotal_cents' => $subtotal, 'total_cents' => $cents, 'tax_cents' => $tax );
		}
		return new Basket( array( 'items' => $lines, 'fees' => $fees, 'shipping' => $shipping, 'total_cents' => $total ) );
	}

	/** Lines as array( quantity, unit, discount, tax ). */
	private static function lines( Basket $basket ): array {
		return array_map(
			static function ( array $line ): array {
				return array( $line['quantity'], $line['unit_price_cents'], $line['discount_cents'] ?? 0, $line['tax_cents'] ?? 0 );
			},
			$basket->lines()
		);
	}

	/** @dataProvider orders */
	public function test_is_told_to_the_cent( array $lines, int $discount, int $shipping, Basket $basket, int $total ): void {
		$this->assertSame( $lines, self::lines( $basket ) );
		$this->assertSame( array( $discount, $shipping, $total ), array( $basket->discount_cents(), $basket->shipping_cents(), $basket->computed_cents() ) );
		$this->assertCount( count( $lines ), $basket->map() );
		$this->assertSame( $total, $basket->body()['amount_total_cents'] );
	}

	public function orders(): array {
		$fee = static function ( int $cents, int $tax = 0 ): array {
			return array( 'item_id' => 50, 'title' => 'Fee', 'total_cents' => $cents, 'tax_cents' => $tax );
		};
		return array(
			'one line'                         => array( array( array( 3, 399, 0, 99 ) ), 0, 0, self::basket( 1296, array( array( 3, 1197, 1197, 99 ) ) ), 1296 ),
			'a coupon on its line'             => array( array( array( 3, 1299, 390, 289 ) ), 0, 0, self::basket( 3796, array( array( 3, 3897, 3507, 289 ) ) ), 3796 ),
			'a third of a cent in each price'  => array( array( array( 1, 334, 0, 1 ), array( 2, 333, 0, 1 ) ), 0, 0, self::basket( 1002, array( array( 3, 1000, 1000, 2 ) ) ), 1002 ),
			'the same with a coupon'           => array( array( array( 1, 334, 33, 0 ), array( 2, 333, 67, 0 ) ), 0, 0, self::basket( 900, array( array( 3, 1000, 900, 0 ) ) ), 900 ),
			'half a kilogram'                  => array( array( array( 1, 500, 0, 0 ) ), 0, 0, self::basket( 500, array( array( 0.5, 500, 500, 0 ) ) ), 500 ),
			'shipping with its tax'            => array( array( array( 1, 1299, 0, 107 ) ), 0, 541, self::basket( 1947, array( array( 1, 1299, 1299, 107 ) ), array(), array( array( 'item_id' => 60, 'total_cents' => 500, 'tax_cents' => 41 ) ) ), 1947 ),
			'a fee that costs'                 => array( array( array( 1, 1000, 0, 0 ), array( 1, 250, 0, 21 ) ), 0, 0, self::basket( 1271, array( array( 1, 1000, 1000, 0 ) ), array( $fee( 250, 21 ) ) ), 1271 ),
			'a fee that gives'                 => array( array( array( 1, 1000, 0, 0 ) ), 108, 0, self::basket( 892, array( array( 1, 1000, 1000, 0 ) ), array( $fee( -100, -8 ) ) ), 892 ),
			'a gift in the basket'             => array( array( array( 1, 1000, 0, 0 ), array( 1, 300, 300, 0 ) ), 0, 0, self::basket( 1000, array( array( 1, 1000, 1000, 0 ), array( 1, 300, 0, 0 ) ) ), 1000 ),
			'a price raised above its own'     => array( array( array( 2, 600, 0, 0 ) ), 0, 0, self::basket( 1200, array( array( 2, 1000, 1200, 0 ) ) ), 1200 ),
			'the shop rounds a cent up'        => array( array( array( 1, 333, 0, 28 ), array( 1, 333, 0, 27 ) ), 0, 0, self::basket( 721, array( array( 1, 333, 333, 27 ), array( 1, 333, 333, 27 ) ) ), 721 ),
			'the shop rounds a cent down'      => array( array( array( 1, 333, 0, 27 ), array( 1, 333, 0, 28 ) ), 0, 0, self::basket( 721, array( array( 1, 333, 333, 28 ), array( 1, 333, 333, 28 ) ) ), 721 ),
			'rounded down where nothing is taxed' => array( array( array( 1, 333, 0, 0 ) ), 1, 0, self::basket( 332, array( array( 1, 333, 333, 0 ) ) ), 332 ),
		);
	}

	public function test_half_of_something_is_told_in_its_title(): void {
		$this->assertSame( 'Item 0 × 0.5', self::basket( 500, array( array( 0.5, 500, 500, 0 ) ) )->lines()[0]['title'] );
		$this->assertSame( 'Item 0 × 1.25', self::basket( 500, array( array( 1.25, 500, 500, 0 ) ) )->lines()[0]['title'] );
	}

	public function test_an_order_whose_total_is_another_is_not_talked_round(): void {
		$basket = self::basket( 5000, array( array( 1, 1000, 1000, 0 ) ) );
		$this->assertSame( array( 1000, 5000 ), array( $basket->computed_cents(), $basket->body()['amount_total_cents'] ) );
	}

	public function test_a_gtin_with_a_typing_error_is_left_out(): void {
		$this->assertTrue( OrderReader::is_gtin( '00023605916569' ) );
		$this->assertFalse( OrderReader::is_gtin( '00023605916568' ) );
		$this->assertFalse( OrderReader::is_gtin( '12345' ) );
	}
}
