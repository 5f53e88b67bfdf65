<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Orders\Capture;
use FsaPayments\Plugin;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;
use WC_Order;

/** What is held is taken when the order is fulfilled, in parts or whole, or let go. */
final class CaptureTest extends SaleCase {

	private const CAPTURE = '/v1/checkout/sessions/' . self::SESSION . '/capture';
	private const VOID    = '/v1/checkout/sessions/' . self::SESSION . '/void';

	private function held(): WC_Order {
		Plugin::services()->settings()->set( 'capture', 'manual' );
		$order = $this->sent_to_pay();
		$this->session_is( 'session-authorised' );
		$this->deliver( 'event-held-checkout-session-authorised', $order );
		return $this->fresh( $order );
	}

	private static function said( string $recording ): array {
		return array( 200, Platform::body( $recording, array( 'id' => self::SESSION ) ) );
	}

	public function test_the_session_is_opened_for_a_later_capture(): void {
		$this->held();
		$this->assertSame( 'manual', Platform::calls( 'POST', '/v1/checkout/sessions' )[0]['body']['capture_method'] );
	}

	public function test_a_held_order_may_be_packed(): void {
		$order = $this->held();
		$this->assertSame( array( 'processing', 5870 ), array( $order->get_status(), Capture::held_cents( $order ) ) );
		$this->assertSame( array(), Platform::calls( 'POST', self::CAPTURE ) );
	}

	/** Virtual goods: the order is completed while it is being paid, so that the capture runs within. Nothing goes back. */
	public function test_an_order_that_completes_itself_is_taken_and_kept(): void {
		$complete = static function (): string {
			return 'completed';
		};
		add_filter( 'woocommerce_payment_complete_order_status', $complete );
		Platform::on( 'POST', self::CAPTURE, self::said( 'capture-rest' ) );
		$order = $this->held();
		remove_filter( 'woocommerce_payment_complete_order_status', $complete );
		$this->session_is( 'session-complete' );
		$this->deliver( 'event-held-checkout-session-completed', $order );

		$this->assertCount( 1, Platform::calls( 'POST', self::CAPTURE ) );
		$this->assertSame( array(), Platform::calls( 'POST', '/v1/refunds' ) );
		$this->assertSame( 'completed', $this->fresh( $order )->get_status() );
	}

	/** Another plugin dies while the order is being paid: what was paid stays paid. */
	public function test_a_hook_that_dies_gives_nothing_back(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$die = static function (): void {
			throw new \Error( 'somebody else’s' );
		};
		add_action( 'woocommerce_payment_complete', $die );
		$first = $this->deliver( 'event-checkout-session-completed', $order );
		remove_action( 'woocommerce_payment_complete', $die );

		$this->assertSame( array( 503, 200 ), array( $first, $this->deliver( 'event-checkout-session-completed', $order ) ) );
		$this->assertSame( array(), Platform::calls( 'POST', '/v1/refunds' ) );
		$this->assertTrue( $this->fresh( $order )->is_paid() );
	}

	public function test_completing_takes_everything_once(): void {
		$order = $this->held();
		Platform::on( 'POST', self::CAPTURE, self::said( 'capture-rest' ) );
		$order->update_status( 'completed' );
		$this->fresh( $order )->update_status( 'processing' );
		$this->fresh( $order )->update_status( 'completed' );

		$calls = Platform::calls( 'POST', self::CAPTURE );
		$this->assertSame( array( 1, array() ), array( count( $calls ), $calls[0]['body'] ) );
		$this->assertStringStartsWith( 'woo-capture-', $calls[0]['headers']['idempotency-key'] );
		$this->assertSame( array( 'completed', 0 ), array( $this->fresh( $order )->get_status(), Capture::held_cents( $this->fresh( $order ) ) ) );
	}

	public function test_units_are_taken_as_they_are_shipped(): void {
		$order = $this->held();
		Platform::on( 'POST', self::CAPTURE, self::said( 'capture-part' ) );
		Platform::on( 'GET', '/v1/payments/*/captures', array( 200, array( 'data' => array( array( 'line_items' => array( array( 'position' => 0, 'quantity' => 1, 'amount_cents' => 1395 ) ) ) ) ) ) );
		( new Capture( Plugin::services() ) )->take( $order->get_id(), array( 0 => 1 ) );

		$this->assertSame( array( 'line_items' => array( array( 'position' => 0, 'quantity' => 1 ) ) ), Platform::calls( 'POST', self::CAPTURE )[0]['body'] );
		$this->assertSame( 5870 - 1395, Capture::held_cents( $this->fresh( $order ) ) );
		$this->assertSame( array( 0 => 1 ), $this->fresh( $order )->get_meta( '_fsa_payments_shipped' ) );
	}

	public function test_an_order_whose_money_cannot_be_taken_is_not_completed(): void {
		$order = $this->held();
		Platform::on( 'POST', self::CAPTURE, 'error-session-complete' );
		$order->update_status( 'completed' );
		$this->assertSame( 'on-hold', $this->fresh( $order )->get_status() );
	}

	public function test_cancelling_lets_go_of_what_is_held(): void {
		$order = $this->held();
		Platform::on( 'POST', self::VOID, self::said( 'session-voided' ) );
		$order->update_status( 'cancelled' );

		$this->assertCount( 1, Platform::calls( 'POST', self::VOID ) );
		$this->assertSame( 'cancelled', $this->fresh( $order )->get_status() );
	}

	public function test_what_was_let_go_elsewhere_cancels_the_order(): void {
		$order = $this->held();
		$this->session_is( 'session-voided' );
		$this->deliver( 'event-voided-checkout-session-cancelled', $order, array( 'data' => array( 'session' => self::SESSION ) ) );
		$this->assertSame( 'cancelled', $this->fresh( $order )->get_status() );
		$this->assertSame( array(), Platform::calls( 'POST', self::VOID ) );
	}
}
