<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;

/** From the button to the payment page: once, whatever the shopper does. */
final class CheckoutTest extends SaleCase {

	private const EXPIRE = '/v1/checkout/sessions/' . self::SESSION . '/expire';

	public function test_the_order_is_sent_to_the_cent_and_the_shopper_to_the_page(): void {
		$order  = Baskets::usual();
		$result = $this->press( $order );

		$url = Platform::body( 'session-open' )['url'];
		$this->assertSame( array( 'result' => 'success', 'redirect' => $url ), $result );
		$calls = Platform::calls( 'POST', '/v1/checkout/sessions' );
		$this->assertCount( 1, $calls );
		$body = $calls[0]['body'];
		$this->assertSame(
			array( array( 'Ibuprofen 200 mg', 2, 1197, 144 ), array( 'Vitamin D3 softgels', 1, 849, 51 ), array( 'Nacho tortilla chips', 3, 598, 108 ) ),
			array_map( static function ( $line ) { return array( $line['title'], $line['quantity'], $line['unit_price_cents'], $line['tax_cents'] ); }, $body['line_items'] )
		);
		$this->assertSame( array( 530, 0, 5870 ), array( $body['shipping_cents'], $body['discount_cents'], $body['amount_total_cents'] ) );
		$this->assertSame( array( (string) $order->get_id(), 'automatic', 'robin@shopper.example.test' ), array( $body['client_reference_id'], $body['capture_method'], $body['shopper_email'] ) );
		$this->assertStringContainsString( 'key=' . $order->get_order_key(), $body['success_url'] );
		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );
	}

	public function test_a_call_carries_key_version_and_idempotency_key_and_no_cookies(): void {
		$this->press( Baskets::usual() );

		$headers = Platform::calls( 'POST', '/v1/checkout/sessions' )[0]['headers'];
		$this->assertSame( array( 'Bearer sk_test_0123456789abcdefghijklmnop', '2026-11-01', 'application/json' ), array( $headers['authorization'], $headers['fsa-version'], $headers['content-type'] ) );
		$this->assertMatchesRegularExpression( '/^woo-\d+-1-[0-9a-f]{40}$/', $headers['idempotency-key'] );
		$this->assertArrayNotHasKey( 'cookie', $headers );
	}

	public function test_a_second_click_gets_the_same_session(): void {
		$order = Baskets::usual();
		$first = $this->press( $order );
		$this->session_is( 'session-open' );
		$again = $this->press( $this->fresh( $order ) );

		$this->assertSame( $first, $again );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
	}

	/** The answer to the first click was lost: the second asks with the same idempotency key, and the platform gives the same session. */
	public function test_a_second_click_after_a_lost_answer_has_the_same_key(): void {
		$order = Baskets::usual();
		Platform::on( 'POST', '/v1/checkout/sessions', new \WP_Error( 'http_request_failed', 'cURL error 28: Operation timed out' ), 'session-open' );
		$gateway = $this->gateway();

		$this->assertSame( 'failure', $gateway->process_payment( $order->get_id() )['result'] );
		$this->assertSame( 'success', $gateway->process_payment( $order->get_id() )['result'] );

		$keys = array_column( array_column( Platform::calls( 'POST', '/v1/checkout/sessions' ), 'headers' ), 'idempotency-key' );
		$this->assertCount( 2, $keys );
		$this->assertSame( $keys[0], $keys[1] );
	}

	public function test_another_basket_is_another_attempt(): void {
		$order = $this->sent_to_pay();
		$order->set_total( '58.71' );
		$order->save();
		Platform::on( 'POST', self::EXPIRE, 'session-expired' );
		$this->press( $order );

		$this->assertCount( 1, Platform::calls( 'POST', self::EXPIRE ) ); // Two tabs never pay twice.
		$keys = array_column( array_column( Platform::calls( 'POST', '/v1/checkout/sessions' ), 'headers' ), 'idempotency-key' );
		$this->assertCount( 2, $keys );
		$this->assertNotSame( $keys[0], $keys[1] );
		$this->assertSame( '2', $this->fresh( $order )->get_meta( '_fsa_payments_attempt' ) );
	}

	/** Paid in the other tab just before: nothing else is opened, and a person looks at the difference. */
	public function test_what_was_paid_while_the_basket_changed_is_not_asked_for_again(): void {
		$order = $this->sent_to_pay();
		$order->set_total( '58.71' );
		$order->save();
		Platform::on( 'POST', self::EXPIRE, 'error-session-complete' );
		Platform::on( 'GET', '/v1/checkout/sessions/' . self::SESSION, array( 200, Platform::body( 'session-open', array( 'id' => self::SESSION ) ) ), array( 200, Platform::body( 'session-complete', array( 'id' => self::SESSION ) ) ) );
		$this->press( $order );

		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
		$this->assertSame( array( 'on-hold', 'mismatch' ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->get_meta( '_fsa_payments_sessions' )[ self::SESSION ] ) );
	}

	/** WooCommerce makes the items of a resumed order anew: refunds must know the new ones. */
	public function test_a_resumed_order_keeps_its_session_and_knows_its_new_items(): void {
		$order = $this->sent_to_pay();
		$order->update_meta_data( '_fsa_payments_lines', array() );
		$order->save();
		$this->press( $order );

		$items = array_map( 'intval', array_keys( $order->get_items() ) );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
		$this->assertSame( array(), array_diff( $items, array_column( $this->fresh( $order )->get_meta( '_fsa_payments_lines' ), 'item_id' ) ) );
	}

	/** What renews needs a card that is kept, and only who can be named may let one be kept. */
	public function test_a_subscription_is_not_sold_to_whom_nobody_can_name(): void {
		$user = wp_insert_user( array( 'user_login' => 'sub', 'user_email' => 'sub@example.test', 'user_pass' => 'x' ) );
		$seen = array();
		foreach ( array( 0, $user ) as $customer ) {
			wp_set_current_user( $customer );
			\WC_Subscriptions_Cart::$contains = true;
			$seen[] = $this->gateway()->is_available();
			\WC_Subscriptions_Cart::$contains = false;
			$seen[] = $this->gateway()->is_available();
		}
		\FsaPayments\Checkout\Shoppers::note_proven( get_userdata( $user ) );
		\WC_Subscriptions_Cart::$contains = true;
		$seen[] = $this->gateway()->is_available();
		\WC_Subscriptions_Cart::$contains = false;

		$this->assertSame( array( false, true, false, true, true ), $seen );
	}

	/** Whoever pays does not become whom an address belongs to: only a session opened for a proven address says so. */
	public function test_a_payment_teaches_nobody_who_its_customer_is(): void {
		$user  = wp_insert_user( array( 'user_login' => 'robin', 'user_email' => 'robin@example.test', 'user_pass' => 'x' ) );
		$order = Baskets::usual();
		$order->set_customer_id( $user );
		$order->set_billing_email( 'robin@example.test' );
		$order->save();
		$this->sent_to_pay( $order );
		$this->session_is( 'session-complete', array( 'shopper' => 'shp_somebody' ) );
		$this->deliver( 'event-checkout-session-completed', $order );

		$this->assertSame( 'processing', $this->fresh( $order )->get_status() );
		$this->assertSame( '', get_user_meta( $user, '_fsa_payments_shopper', true ) );
	}

	public function test_an_ended_session_is_followed_by_another_attempt(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-expired' );
		$this->assertSame( 'success', $this->press( $order )['result'] );

		$this->assertCount( 2, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
	}

	/** Paid in another tab: pressing the button again charges nothing, and the order is paid. */
	public function test_pressing_after_paying_opens_nothing_and_completes_the_order(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$result = $this->press( $order );

		$this->assertStringContainsString( 'order-received', $result['redirect'] );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
		$this->assertSame( array( 'processing', self::PAYMENT ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->get_transaction_id() ) );
	}

	public function test_a_paid_order_asks_nobody(): void {
		$order = Baskets::usual();
		$order->payment_complete( 'by hand' );
		$result = $this->gateway()->process_payment( $order->get_id() );

		$this->assertStringContainsString( 'order-received', $result['redirect'] );
		$this->assertSame( array(), Platform::calls() );
	}

	public function test_a_refusal_is_one_sentence_and_the_order_stays(): void {
		$order = Baskets::usual();
		Platform::on( 'POST', '/v1/checkout/sessions', 'error-amount-mismatch' );
		$result = $this->gateway()->process_payment( $order->get_id() );

		$this->assertSame( 'failure', $result['result'] );
		$this->assertSame( 'This order could not be sent to the FSA/HSA payment page. Nothing was charged: please choose another way to pay, or contact us.', $result['message'] );
		$this->assertSame( $result['message'], wc_get_notices( 'error' )[0]['notice'] );
		$this->assertSame( array( 'pending', '' ), array( $this->fresh( $order )->get_status(), $this->fresh( $order )->get_meta( '_fsa_payments_session' ) ) );
	}

	public function test_nothing_private_is_logged(): void {
		$order = Baskets::usual();
		Platform::on( 'POST', '/v1/checkout/sessions', 'error-amount-mismatch' );
		$this->gateway()->process_payment( $order->get_id() );

		$log = (string) wp_json_encode( \WC_Logger::$lines );
		$this->assertNotSame( '[]', $log );
		foreach ( array( 'Ibuprofen', 'robin@', 'sk_test_0123', 'Robin' ) as $private ) {
			$this->assertStringNotContainsString( $private, $log );
		}
	}
}
