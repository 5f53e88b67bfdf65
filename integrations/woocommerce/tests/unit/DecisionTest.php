<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Orders\Decision;
use PHPUnit\Framework\TestCase;

/** Every pair of an order and a session, and what becomes of it. */
final class DecisionTest extends TestCase {

	/** @dataProvider pairs */
	public function test_an_order_becomes( string $becomes, array $order, array $session ): void {
		$order  += array( 'status' => 'pending', 'total_cents' => 4253, 'is_paid' => false, 'is_current' => true, 'is_ours' => true, 'applied' => '' );
		$session += array( 'amount_total_cents' => 4253 );
		$this->assertSame( $becomes, Decision::of( $order, $session ) );
	}

	public function pairs(): array {
		$paid    = array( 'status' => 'complete' );
		$held    = array( 'status' => 'authorised' );
		$awaits  = $held + array( 'letter_hold' => array( 'status' => 'awaiting_letter' ) );
		$dropped = $paid + array( 'letter_hold' => array( 'status' => 'refused', 'dropped_cents' => 1000 ) );
		$other   = array( 'amount_total_cents' => 4254 );
		return array(
			'open'                                  => array( 'nothing', array(), array( 'status' => 'open' ) ),
			'being paid'                            => array( 'nothing', array(), array( 'status' => 'processing' ) ),
			'waits for the bank'                    => array( 'nothing', array(), array( 'status' => 'requires_action' ) ),
			'paid'                                  => array( 'complete', array(), $paid ),
			'paid after a failed try'               => array( 'complete', array( 'status' => 'failed' ), $paid ),
			'paid, told again'                      => array( 'nothing', array( 'status' => 'processing', 'applied' => 'complete' ), $paid ),
			'held'                                  => array( 'authorised', array(), $held ),
			'held, told again'                      => array( 'nothing', array( 'status' => 'processing', 'applied' => 'authorised' ), $held ),
			'held, then taken'                      => array( 'complete', array( 'status' => 'completed', 'applied' => 'authorised' ), $paid ),
			'held, then let go'                     => array( 'failed', array( 'status' => 'processing', 'applied' => 'authorised' ), array( 'status' => 'cancelled' ) ),
			'held, then lapsed'                     => array( 'failed', array( 'status' => 'processing', 'applied' => 'authorised' ), array( 'status' => 'expired' ) ),
			'awaits a letter'                       => array( 'letter', array(), $awaits ),
			'awaits a letter, told again'           => array( 'nothing', array( 'status' => 'on-hold', 'applied' => 'letter' ), $awaits ),
			'the letter came'                       => array( 'complete', array( 'status' => 'on-hold', 'applied' => 'letter' ), $paid ),
			'the letter came, taken by hand'        => array( 'authorised', array( 'status' => 'on-hold', 'applied' => 'letter' ), $held ),
			'no letter came, items dropped'         => array( 'dropped', array( 'status' => 'on-hold', 'applied' => 'letter' ), $dropped ),
			'dropped, told again'                   => array( 'nothing', array( 'status' => 'processing', 'applied' => 'dropped' ), $dropped ),
			'an order that waits was let go'        => array( 'failed', array( 'status' => 'on-hold', 'applied' => 'letter' ), array( 'status' => 'cancelled' ) ),
			'a cent more'                           => array( 'mismatch', array(), $paid + $other ),
			'a cent more, held'                     => array( 'mismatch', array(), $held + $other ),
			'a cent more, told again'               => array( 'nothing', array( 'status' => 'on-hold', 'applied' => 'mismatch' ), $paid + $other ),
			'an older attempt at the same price'    => array( 'complete', array( 'is_current' => false ), $paid ),
			'an older attempt at another price'     => array( 'give_back', array( 'is_current' => false ), $paid + $other ),
			'cancelled while it waited, the letter came' => array( 'give_back', array( 'status' => 'cancelled', 'applied' => 'letter' ), $paid ),
			'cancelled while held, and still held'  => array( 'give_back', array( 'status' => 'cancelled', 'applied' => 'authorised' ), $held ),
			'cancelled, then paid'                  => array( 'give_back', array( 'status' => 'cancelled' ), $paid ),
			'cancelled, then held'                  => array( 'give_back', array( 'status' => 'cancelled' ), $held ),
			'cancelled, then waits for a letter'    => array( 'give_back', array( 'status' => 'cancelled' ), $awaits ),
			'in the bin, then paid'                 => array( 'give_back', array( 'status' => 'trash' ), $paid ),
			'refunded, then paid'                   => array( 'give_back', array( 'status' => 'refunded' ), $paid ),
			'given back, told again'                => array( 'nothing', array( 'status' => 'cancelled', 'applied' => 'give_back' ), $paid ),
			'paid otherwise, then paid'             => array( 'give_back', array( 'status' => 'processing', 'is_paid' => true ), $paid ),
			'another gateway chosen, then paid'     => array( 'give_back', array( 'status' => 'on-hold', 'is_ours' => false ), $paid ),
			'cancelled after it was paid'           => array( 'nothing', array( 'status' => 'cancelled', 'applied' => 'complete' ), $paid ),
			'left unpaid'                           => array( 'retry', array(), array( 'status' => 'expired' ) ),
			'an older attempt lapsed'               => array( 'nothing', array( 'is_current' => false ), array( 'status' => 'expired' ) ),
			'lapsed, the order is paid otherwise'   => array( 'nothing', array( 'status' => 'processing', 'is_paid' => true ), array( 'status' => 'expired' ) ),
			'something new'                         => array( 'nothing', array(), array( 'status' => 'sleeping' ) ),
		);
	}
}
