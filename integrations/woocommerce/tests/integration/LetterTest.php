<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Orders\OrderSync;
use FsaPayments\Plugin;
use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;
use WC_Order;

/** An order that waits for a letter of medical necessity, and how it ends. */
final class LetterTest extends SaleCase {

	private function waiting(): WC_Order {
		$order = $this->sent_to_pay( Baskets::with_letter() );
		$this->session_is( 'session-awaiting-letter' );
		$this->deliver( 'event-letter-payment-awaiting-letter', $order );
		return $this->fresh( $order );
	}

	private function ends( WC_Order $order, array $changes ): WC_Order {
		$this->session_is( 'session-awaiting-letter', $changes );
		( new OrderSync( Plugin::services() ) )->refresh( $order->get_id(), self::SESSION );
		return $this->fresh( $order );
	}

	public function test_the_letter_came_and_the_order_goes_on(): void {
		$order = $this->waiting();
		$this->assertSame( '2099-01-01T00:00:00Z', $order->get_meta( '_fsa_payments_held_until' ) );

		$order = $this->ends( $order, array( 'status' => 'complete', 'letter_hold' => array( 'status' => 'approved' ), 'payment' => array( 'amount_captured_cents' => 17438 ) ) );
		$this->assertSame( array( 'processing', '' ), array( $order->get_status(), $order->get_meta( '_fsa_payments_held_until' ) ) );
		$this->assertSame( array(), $order->get_refunds() );
	}

	public function test_items_without_their_letter_leave_the_order_and_no_money_moves(): void {
		$order = $this->ends(
			$this->waiting(),
			array(
				'status'      => 'complete',
				'letter_hold' => array( 'status' => 'refused', 'dropped_cents' => 14900, 'dropped_line_items' => array( 1 ) ),
				'payment'     => array( 'amount_captured_cents' => 2538 ),
			)
		);
		$this->assertSame( array( 'processing', '25.38' ), array( $order->get_status(), number_format( (float) $order->get_remaining_refund_amount(), 2 ) ) );
		$this->assertSame( '149.00', $order->get_refunds()[0]->get_amount() );
		$this->assertSame( array(), Platform::calls( 'POST', '/v1/refunds' ) );
	}

	public function test_cancelling_an_order_that_waits_lets_go_of_it(): void {
		$order = $this->waiting();
		Platform::on( 'POST', '/v1/checkout/sessions/' . self::SESSION . '/void', array( 200, Platform::body( 'session-awaiting-letter', array( 'id' => self::SESSION, 'status' => 'cancelled' ) ) ) );
		$order->update_status( 'cancelled' );
		$this->assertSame( 'cancelled', $this->fresh( $order )->get_status() );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions/' . self::SESSION . '/void' ) );
	}
}
