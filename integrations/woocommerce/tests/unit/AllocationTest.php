<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Refunds\Allocation;
use PHPUnit\Framework\TestCase;

/** What the order's screen refunds, as the platform is asked for it. */
final class AllocationTest extends TestCase {

	private const MAP = array(
		array( 'item_id' => 11, 'type' => 'line_item', 'quantity' => 1 ),
		array( 'item_id' => 12, 'type' => 'line_item', 'quantity' => 2 ),
		array( 'item_id' => 12, 'type' => 'line_item', 'quantity' => 1 ),
		array( 'item_id' => 15, 'type' => 'fee', 'quantity' => 1 ),
	);

	private const SPLIT = array(
		array( 'total_cents' => 1611, 'shipping_cents' => 205 ),
		array( 'total_cents' => 1000, 'shipping_cents' => 100 ),
		array( 'total_cents' => 500, 'shipping_cents' => 50 ),
		array( 'total_cents' => 250, 'shipping_cents' => 20 ),
	);

	/** @dataProvider wishes */
	public function test_is_asked_for( array $expected, int $cents, array $asked ): void {
		$this->assertSame( $expected, Allocation::wish( $cents, $asked, self::MAP, self::SPLIT ) );
	}

	public function wishes(): array {
		$line = static function ( int $cents ): array {
			return array( 'type' => 'line_item', 'cents' => $cents );
		};
		return array(
			'a whole line'                       => array( self::by( array( 0 => 1406 ) ), 1406, array( 11 => $line( 1406 ) ) ),
			'a part of a line'                   => array( self::by( array( 0 => 1 ) ), 1, array( 11 => $line( 1 ) ) ),
			'an item that became two lines'      => array( self::by( array( 1 => 200, 2 => 100 ) ), 300, array( 12 => $line( 300 ) ) ),
			'a fee'                              => array( self::by( array( 3 => 230 ) ), 230, array( 15 => array( 'type' => 'fee', 'cents' => 230 ) ) ),
			'all of the shipping'                => array( self::by( array( 0 => 205, 1 => 100, 2 => 50, 3 => 20 ) ), 375, array( 9 => array( 'type' => 'shipping', 'cents' => 375 ) ) ),
			'a line and a third of the shipping' => array( self::by( array( 0 => 1474, 1 => 33, 2 => 17, 3 => 7 ) ), 1531, array( 11 => $line( 1406 ), 9 => array( 'type' => 'shipping', 'cents' => 125 ) ) ),
			'a cent more by rounding'            => array( self::by( array( 0 => 702 ) ), 702, array( 11 => $line( 701 ) ) ),
			'a cent less by rounding'            => array( self::by( array( 0 => 700 ) ), 700, array( 11 => $line( 701 ) ) ),
			'an amount without lines'            => array( array( 'amount_cents' => 1000 ), 1000, array() ),
			'another amount than the lines'      => array( array( 'amount_cents' => 1000 ), 1000, array( 11 => $line( 900 ) ) ),
			'more than the line has'             => array( array( 'amount_cents' => 1500 ), 1500, array( 11 => $line( 1500 ) ) ),
			'a line that nobody knows'           => array( array( 'amount_cents' => 500 ), 500, array( 99 => $line( 500 ) ) ),
			'lines at nothing'                   => array( array( 'amount_cents' => 500 ), 500, array( 11 => $line( 0 ) ) ),
		);
	}

	private static function by( array $cents ): array {
		$lines = array();
		foreach ( $cents as $position => $amount ) {
			$lines[] = array( 'position' => $position, 'amount_cents' => $amount );
		}
		return array( 'line_items' => $lines );
	}

	public function test_the_same_wish_has_the_same_key_until_something_was_refunded(): void {
		$wish = self::by( array( 0 => 500 ) );
		$this->assertSame( Allocation::key( 'pay_1', 0, $wish ), Allocation::key( 'pay_1', 0, $wish ) );
		$this->assertNotSame( Allocation::key( 'pay_1', 0, $wish ), Allocation::key( 'pay_1', 500, $wish ) );
		$this->assertNotSame( Allocation::key( 'pay_1', 0, $wish ), Allocation::key( 'pay_2', 0, $wish ) );
	}
}
