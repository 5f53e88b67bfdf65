<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;

/** The platform's messages: what is believed, what it does, and that it does it once. */
final class WebhookTest extends SaleCase {

	private const PAID = 'event-checkout-session-completed';

	public function test_a_paid_session_completes_its_order(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );

		$this->assertSame( 200, $this->deliver( self::PAID, $order ) );

		$order = $this->fresh( $order );
		$this->assertSame( array( 'processing', self::PAYMENT, self::PAYMENT ), array( $order->get_status(), $order->get_transaction_id(), $order->get_meta( '_fsa_payments_payment' ) ) );
		$this->assertSame( array( 2790, 3080 ), array_column( $order->get_meta( '_fsa_payments_tenders' ), 'captured_cents' ) );
		$this->assertContains( 'Paid $58.70 by FSA …0005 ($27.90) + Visa …0007 ($30.80).', $this->notes( $order ) );
	}

	/** The browser is still on the payment page; the return finds the order paid and asks nobody. */
	public function test_the_webhook_may_be_there_before_the_shopper(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->deliver( self::PAID, $order );
		$asked = count( Platform::calls() );

		$this->come_back( $this->fresh( $order ) );

		$this->assertCount( $asked, Platform::calls() );
		$this->assertSame( 'processing', $this->fresh( $order )->get_status() );
	}

	public function test_the_return_asks_by_itself_when_no_webhook_came(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );

		$this->come_back( $order );

		$this->assertSame( array( 'processing', self::PAYMENT ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->get_transaction_id() ) );
	}

	/** The address proves nothing. */
	public function test_a_return_without_payment_changes_nothing(): void {
		$order = $this->sent_to_pay();
		$this->come_back( $order );

		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );
	}

	public function test_a_return_with_another_key_asks_nobody(): void {
		$order = $this->sent_to_pay();
		$asked = count( Platform::calls() );
		$this->come_back( $order, 'wc_order_another' );

		$this->assertCount( $asked, Platform::calls() );
	}

	public function test_webhook_and_return_complete_once(): void {
		$order = $this->sent_to_pay();
		$told  = 0;
		add_action( 'woocommerce_payment_complete', static function () use ( &$told ) { ++$told; } );
		$this->session_is( 'session-complete' );

		$this->come_back( $order );
		$this->deliver( 'event-payment-captured', $order );
		$this->deliver( self::PAID, $order );

		$this->assertSame( 1, $told );
		$paid = array_filter( $this->notes( $order ), static function ( $note ) { return 0 === strpos( $note, 'Paid ' ); } );
		$this->assertCount( 1, $paid );
	}

	public function test_a_replay_is_answered_and_does_nothing(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->deliver( self::PAID, $order );
		$notes = $this->notes( $order );
		$asked = count( Platform::calls() );

		$this->assertSame( 200, $this->deliver( self::PAID, $order ) );

		$this->assertSame( $notes, $this->notes( $order ) );
		$this->assertCount( $asked, Platform::calls() );
	}

	/** @dataProvider lies */
	public function test_is_refused_and_nothing_happens( int $status, array $how ): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$asked = count( Platform::calls() );

		$this->assertSame( $status, $this->deliver( self::PAID, $order, array(), $how ) );

		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );
		$this->assertCount( $asked, Platform::calls() );
		$this->assertSame( 200, $this->deliver( self::PAID, $order ), 'The honest message is still taken.' );
	}

	public function lies(): array {
		return array(
			'another body than was signed'  => array( 401, array( 'body' => '{"id":"evt_00000000000000000000000002","type":"checkout.session.completed","data":{}}' ) ),
			'another secret'                => array( 401, array( 'secret' => 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' ) ),
			'no signature'                  => array( 401, array( 'signature' => '' ) ),
			'stale'                         => array( 401, array( 'at' => 1614265330 ) ),
			'signed under another id'       => array( 400, array( 'id' => 'evt_another' ) ),
		);
	}

	public function test_an_unconnected_shop_believes_nobody(): void {
		$order = $this->sent_to_pay();
		$this->connect( array( 'webhook_secret' => '' ) );

		$this->assertSame( 401, $this->deliver( self::PAID, $order ) );
	}

	public function test_the_secret_before_counts_while_they_overlap_and_not_after(): void {
		$old = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->connect( array( 'webhook_old_secret' => $old, 'webhook_old_until' => time() - 1 ) );
		$this->assertSame( 401, $this->deliver( self::PAID, $order, array(), array( 'secret' => $old ) ) );

		$this->connect( array( 'webhook_old_secret' => $old, 'webhook_old_until' => time() + 60 ) );
		$this->assertSame( 200, $this->deliver( self::PAID, $order, array(), array( 'secret' => $old ) ) );
	}

	public function test_an_order_of_nobody_is_answered_and_asks_nobody(): void {
		$order = $this->sent_to_pay();
		$asked = count( Platform::calls() );

		$this->assertSame( 200, $this->deliver( self::PAID, $order, array( 'id' => 'evt_elsewhere', 'data' => array( 'session' => 'cs_elsewhere', 'client_reference_id' => '999999' ) ) ) );
		$this->assertSame( 200, $this->deliver( self::PAID, $order, array( 'id' => 'evt_elsewhere2', 'data' => array( 'session' => 'cs_elsewhere' ) ) ), 'An order’s number alone is no proof.' );
		$this->assertCount( $asked, Platform::calls() );
		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );
	}

	public function test_a_type_nobody_knows_is_answered(): void {
		$this->assertSame( 200, $this->deliver( self::PAID, $this->sent_to_pay(), array( 'type' => 'comet.sighted' ) ) );
	}

	public function test_what_is_no_event_is_refused(): void {
		$this->assertSame( 400, $this->post( array( 'id' => 'evt_1' ) ) );
	}

	public function test_another_amount_does_not_complete(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete', array( 'amount_total_cents' => 5869 ) );

		$this->deliver( self::PAID, $order );

		$order = $this->fresh( $order );
		$this->assertSame( array( 'on-hold', false ), array( $order->get_status(), $order->is_paid() ) );
		$this->assertStringContainsString( 'The shopper paid $58.69, but the order is about $58.70 now.', implode( ' ', $this->notes( $order ) ) );
	}

	public function test_a_payment_for_a_cancelled_order_goes_back(): void {
		$order = $this->sent_to_pay();
		$order->update_status( 'cancelled' );
		$this->session_is( 'session-complete' );
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );

		$this->assertSame( 200, $this->deliver( self::PAID, $order ) );
		$this->assertSame( 200, $this->deliver( 'event-payment-captured', $order ) );

		$refunds = Platform::calls( 'POST', '/v1/refunds' );
		$this->assertCount( 1, $refunds );
		$this->assertSame( array( 'payment' => self::PAYMENT ), $refunds[0]['body'] );
		$this->assertSame( 'woo-back-' . self::SESSION, $refunds[0]['headers']['idempotency-key'] );
		$this->assertSame( 'cancelled', $this->fresh( $order )->get_status() );
	}

	public function test_what_is_held_for_a_cancelled_order_is_let_go(): void {
		$order = $this->sent_to_pay();
		$order->update_status( 'cancelled' );
		$this->session_is( 'session-authorised' );
		Platform::on( 'POST', '/v1/checkout/sessions/*/void', 'session-voided' );

		$this->assertSame( 200, $this->deliver( 'event-held-checkout-session-authorised', $order ) );

		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions/*/void' ) );
		$this->assertSame( 'cancelled', $this->fresh( $order )->get_status() );
	}

	public function test_money_that_cannot_go_back_now_is_tried_again(): void {
		$order = $this->sent_to_pay();
		$order->update_status( 'cancelled' );
		$this->session_is( 'session-complete' );
		Platform::on( 'POST', '/v1/refunds', array( 503, '' ), 'refund-made' );

		$this->assertSame( 503, $this->deliver( self::PAID, $order ) );
		$this->assertSame( 200, $this->deliver( self::PAID, $order ) );
		$this->assertCount( 2, Platform::calls( 'POST', '/v1/refunds' ) );
	}

	public function test_an_order_paid_otherwise_meanwhile_is_not_paid_twice(): void {
		$order = $this->sent_to_pay();
		$order->set_payment_method( 'bacs' );
		$order->payment_complete( 'by bank' );
		$this->session_is( 'session-complete' );
		Platform::on( 'POST', '/v1/refunds', 'refund-made' );

		$this->deliver( self::PAID, $order );

		$this->assertCount( 1, Platform::calls( 'POST', '/v1/refunds' ) );
		$this->assertSame( array( 'processing', 'by bank' ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->get_transaction_id() ) );
	}

	public function test_an_outage_of_the_platform_makes_the_message_come_again(): void {
		$order = $this->sent_to_pay();
		Platform::is_down();
		$this->assertSame( 503, $this->deliver( self::PAID, $order ) );
		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );

		$this->session_is( 'session-complete' );
		$this->assertSame( 200, $this->deliver( self::PAID, $order ) );
		$this->assertSame( 'processing', $this->fresh( $order )->get_status() );
	}

	public function test_an_order_waits_for_its_letter_and_the_cleaner_keeps_it(): void {
		$order = $this->sent_to_pay( Baskets::with_letter() );
		$this->session_is( 'session-awaiting-letter' );
		$this->deliver( 'event-letter-payment-awaiting-letter', $order );

		$order = $this->fresh( $order );
		$this->assertSame( array( 'on-hold', false ), array( $order->get_status(), $order->is_paid() ) );
		$this->assertFalse( apply_filters( 'woocommerce_cancel_unpaid_order', true, $order ) );
	}

	public function test_the_cleaner_takes_what_was_left_unpaid(): void {
		$order = $this->sent_to_pay();
		$this->assertTrue( apply_filters( 'woocommerce_cancel_unpaid_order', true, $order ) );

		$this->session_is( 'session-complete' );
		$this->assertFalse( apply_filters( 'woocommerce_cancel_unpaid_order', true, $order ) );
		$this->assertSame( 'processing', $this->fresh( $order )->get_status() );
	}

	public function test_the_cleaner_keeps_an_order_of_which_nobody_can_say(): void {
		$order = $this->sent_to_pay();
		Platform::is_down();

		$this->assertFalse( apply_filters( 'woocommerce_cancel_unpaid_order', true, $order ) );
	}

	public function test_an_unpaid_end_leaves_the_order_to_another_try(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-expired' );
		$this->deliver( 'event-unpaid-checkout-session-expired', $order );

		$this->assertSame( array( 'pending', true ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->needs_payment() ) );
	}

	/** The thank-you page opens. */
	private function come_back( \WC_Order $order, string $key = '' ): void {
		global $wp;
		$GLOBALS['fsa_wc_page']             = array( 'checkout' => true );
		$wp->query_vars['order-received']   = (string) $order->get_id();
		set_query_var( 'order-received', (string) $order->get_id() );
		$_GET                               = array( 'key' => '' !== $key ? $key : $order->get_order_key(), 'fsa_payments' => '1' );
		( new \FsaPayments\Checkout\ReturnPage( \FsaPayments\Plugin::services() ) )->catch_up();
		unset( $wp->query_vars['order-received'] );
		set_query_var( 'order-received', '' );
	}
}
