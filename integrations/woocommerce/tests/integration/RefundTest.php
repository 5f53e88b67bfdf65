<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;
use WC_Order;
use WP_Error;

/** Refunds by the order's screen, and those made elsewhere. */
final class RefundTest extends SaleCase {

	private function paid(): WC_Order {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->deliver( 'event-checkout-session-completed', $order );
		return $this->fresh( $order );
	}

	private function refund( WC_Order $order, string $amount, array $lines = array() ) {
		return wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => $amount, 'reason' => 'Box was open', 'line_items' => $lines, 'refund_payment' => true ) );
	}

	public function test_a_part_of_a_line_goes_back_by_its_line(): void {
		$order = $this->paid();
		$line  = array_key_first( $order->get_items() );
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );

		$refund = $this->refund( $order, '12.69', array( $line => array( 'qty' => 1, 'refund_total' => '11.97', 'refund_tax' => array( 1 => '0.72' ) ) ) );

		$call = Platform::calls( 'POST', '/v1/refunds' )[0];
		$this->assertSame( array( 'payment' => self::PAYMENT, 'line_items' => array( array( 'position' => 0, 'amount_cents' => 1269 ) ) ), $call['body'] );
		$this->assertStringStartsWith( 'woo-refund-', $call['headers']['idempotency-key'] );
		$this->assertSame( Platform::body( 'refund-made' )['id'], $this->fresh( $order )->get_refunds()[0]->get_meta( '_fsa_payments_refund' ) );
		$this->assertSame( '12.69', $refund->get_amount() );
	}

	public function test_an_amount_without_lines_goes_back_by_amount(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );
		$this->refund( $order, '10.00' );

		$this->assertSame( array( 'payment' => self::PAYMENT, 'amount_cents' => 1000 ), Platform::calls( 'POST', '/v1/refunds' )[0]['body'] );
	}

	public function test_what_the_platform_refuses_is_told_and_leaves_no_refund(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', 'error-refund-too-large' );

		$refused = $this->refund( $order, '10.00' );

		$this->assertInstanceOf( WP_Error::class, $refused );
		$this->assertSame( Platform::body( 'error-refund-too-large' )['error']['message'], $refused->get_error_message() );
		$this->assertSame( array(), $this->fresh( $order )->get_refunds() );
	}

	public function test_a_second_press_after_a_lost_answer_has_the_same_key(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', new WP_Error( 'http_request_failed', 'cURL error 28: Operation timed out' ), 'refund-made' );

		$this->assertInstanceOf( WP_Error::class, $this->refund( $order, '10.00' ) );
		$this->assertNotInstanceOf( WP_Error::class, $this->refund( $this->fresh( $order ), '10.00' ) );

		$keys = array_column( array_column( Platform::calls( 'POST', '/v1/refunds' ), 'headers' ), 'idempotency-key' );
		$this->assertSame( $keys[0], $keys[1] );
	}

	public function test_two_refunds_of_the_same_amount_are_two(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', 'refund-made', array( 201, Platform::body( 'refund-made', array( 'id' => 're_another' ) ) ) );
		$this->refund( $order, '5.00' );
		$this->refund( $this->fresh( $order ), '5.00' );

		$keys = array_column( array_column( Platform::calls( 'POST', '/v1/refunds' ), 'headers' ), 'idempotency-key' );
		$this->assertNotSame( $keys[0], $keys[1] );
	}

	/** Two windows at one moment: the platform gives both the same refund, and the shop books one. */
	public function test_one_refund_is_not_booked_for_two_presses(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );
		$this->refund( $order, '5.00' );
		$second = $this->refund( $this->fresh( $order ), '5.00' );

		$this->assertSame( 'fsa_payments_twice', $second->get_error_code() );
		$this->assertCount( 1, $this->fresh( $order )->get_refunds() );
	}

	public function test_a_refund_of_the_portal_is_written_once(): void {
		$order = $this->paid();
		$this->deliver( 'event-refund-created', $order );
		$this->deliver( 'event-refund-created', $order, array( 'id' => 'evt_told_again' ) );

		$refunds = $this->fresh( $order )->get_refunds();
		$cents   = Platform::recording( 'event-refund-created' )['event']['data']['amount_cents'];
		$this->assertCount( 1, $refunds );
		$this->assertSame( number_format( $cents / 100, 2 ), $refunds[0]->get_amount() );
		$this->assertSame( array(), Platform::calls( 'POST', '/v1/refunds' ) );
	}

	public function test_the_message_about_our_own_refund_writes_no_second(): void {
		$order = $this->paid();
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );
		$this->refund( $order, '13.95' );
		$this->deliver( 'event-refund-created', $order );

		$this->assertCount( 1, $this->fresh( $order )->get_refunds() );
	}

	/** The answer was lost, the message came, the owner presses again: the shop has one refund, and the platform was asked for one. */
	public function test_a_lost_answer_then_the_message_then_a_second_press_is_one_refund(): void {
		$order = $this->paid();
		$cents = Platform::recording( 'event-refund-created' )['event']['data']['amount_cents'];
		Platform::on( 'POST', '/v1/refunds', new WP_Error( 'http_request_failed', 'cURL error 28: Operation timed out' ), 'refund-made' );
		$this->refund( $order, number_format( $cents / 100, 2 ) );
		$this->deliver( 'event-refund-created', $order );
		$again = $this->refund( $this->fresh( $order ), number_format( $cents / 100, 2 ) );

		$this->assertSame( 'fsa_payments_made_already', $again->get_error_code() );
		$keys = array_unique( array_column( array_column( Platform::calls( 'POST', '/v1/refunds' ), 'headers' ), 'idempotency-key' ) );
		$this->assertCount( 1, $keys, 'Another key would be another refund.' );
		$this->assertCount( 1, $this->fresh( $order )->get_refunds() );

		Platform::on( 'POST', '/v1/refunds', array( 201, Platform::body( 'refund-made', array( 'id' => 're_another' ) ) ) );
		$this->assertNotInstanceOf( WP_Error::class, $this->refund( $this->fresh( $order ), number_format( $cents / 100, 2 ) ), 'Another one of the same amount is possible.' );
		$this->assertNotContains( $keys[0], array_column( array_slice( array_column( Platform::calls( 'POST', '/v1/refunds' ), 'headers' ), 2 ), 'idempotency-key' ) );
	}

	public function test_an_order_that_was_not_paid_here_has_nothing_to_give_back(): void {
		$this->assertFalse( $this->gateway()->can_refund_order( $this->sent_to_pay() ) );
		$this->assertTrue( $this->gateway()->can_refund_order( $this->paid() ) );
	}
}
