<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Checkout\Shoppers;
use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;
use WC_Order;

/** Renewals of WooCommerce Subscriptions, and who may be named as the shopper. */
final class RenewalTest extends SaleCase {

	private const SHOPPER = 'shp_00000000000000000000000001';
	private const CONFIRM = '/v1/checkout/sessions/' . self::SESSION . '/confirm';

	/** An order of a signed-in customer, whose address is proven where it is said. */
	private function order( bool $is_proven ): WC_Order {
		$user = wp_insert_user( array( 'user_login' => 'robin', 'user_email' => 'robin@shopper.example.test', 'user_pass' => 'x' ) );
		if ( $is_proven ) {
			Shoppers::note_proven( get_userdata( $user ) );
		}
		$order = Baskets::usual();
		$order->set_customer_id( $user );
		$order->save();
		Platform::on( 'POST', '/v1/checkout/sessions', array( 201, Platform::body( 'session-open', array( 'id' => self::SESSION, 'shopper' => self::SHOPPER ) ) ) );
		return $order;
	}

	private function cards( string $covers ): void {
		$card = array( 'status' => 'active', 'card' => array( 'account_kind' => 'hsa' ), 'consent' => array( 'covers' => $covers ) );
		Platform::on( 'GET', '/v1/customers/' . self::SHOPPER . '/payment_methods', array( 200, array( 'data' => array( array( 'id' => 'pm_1' ) + $card, array( 'id' => 'pm_2', 'card' => array( 'account_kind' => 'credit' ) ) + $card ), 'next_cursor' => null ) ) );
	}

	public function test_a_customer_is_named_once_their_address_is_proven(): void {
		$order = $this->order( true );
		$this->gateway()->process_payment( $order->get_id() );

		$calls = Platform::calls( 'POST', '/v1/checkout/sessions' );
		$this->assertSame( array( 'robin@shopper.example.test', null ), array( $calls[0]['body']['shopper_email'], $calls[0]['body']['shopper'] ?? null ) );
		$this->assertSame( array( null, self::SHOPPER ), array( $calls[1]['body']['shopper_email'] ?? null, $calls[1]['body']['shopper'] ) );
		$this->assertNotSame( $calls[0]['headers']['idempotency-key'], $calls[1]['headers']['idempotency-key'] );
	}

	public function test_a_customer_who_only_typed_an_address_is_not_named(): void {
		$order = $this->order( false );
		$this->gateway()->process_payment( $order->get_id() );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/checkout/sessions' ) );
		$this->assertArrayNotHasKey( 'shopper', Platform::calls( 'POST', '/v1/checkout/sessions' )[0]['body'] );
	}

	public function test_a_renewal_is_paid_by_the_cards_kept_for_it(): void {
		$first = $this->order( true );
		$this->gateway()->process_payment( $first->get_id() );
		$order = Baskets::usual();
		$order->set_customer_id( $first->get_customer_id() );
		$order->save();
		$this->cards( 'subscriptions' );
		Platform::on( 'POST', self::CONFIRM, array( 200, Platform::body( 'session-complete', array( 'id' => self::SESSION ) ) ) );

		do_action( 'woocommerce_scheduled_subscription_payment_fsa_payments', 58.7, $order );

		$this->assertSame( array( 'cards' => array( array( 'payment_method' => 'pm_1' ), array( 'payment_method' => 'pm_2' ) ), 'off_session' => true ), Platform::calls( 'POST', self::CONFIRM )[0]['body'] );
		$this->assertSame( 'processing', $this->fresh( $order )->get_status() );
	}

	public function test_a_card_kept_for_purchases_alone_pays_no_renewal(): void {
		$first = $this->order( true );
		$this->gateway()->process_payment( $first->get_id() );
		$order = Baskets::usual();
		$order->set_customer_id( $first->get_customer_id() );
		$order->save();
		$this->cards( 'checkout' );

		do_action( 'woocommerce_scheduled_subscription_payment_fsa_payments', 58.7, $order );

		$this->assertSame( array(), Platform::calls( 'POST', self::CONFIRM ) );
		$this->assertSame( 'failed', $this->fresh( $order )->get_status() );
	}

	public function test_a_renewal_that_a_bank_refuses_fails_in_its_words_and_asks_anew_next_time(): void {
		$first = $this->order( true );
		$this->gateway()->process_payment( $first->get_id() );
		$order = Baskets::usual();
		$order->set_customer_id( $first->get_customer_id() );
		$order->save();
		$this->cards( 'subscriptions' );
		$this->session_is( 'session-open' );
		Platform::on( 'POST', self::CONFIRM, array( 402, array( 'error' => array( 'type' => 'card_error', 'code' => 'card_declined', 'message' => 'Your card was declined.', 'advice' => 'Use another card.', 'request_id' => 'req_1' ) ) ) );

		do_action( 'woocommerce_scheduled_subscription_payment_fsa_payments', 58.7, $order );
		do_action( 'woocommerce_scheduled_subscription_payment_fsa_payments', 58.7, $this->fresh( $order ) );

		$keys = array_column( array_column( Platform::calls( 'POST', self::CONFIRM ), 'headers' ), 'idempotency-key' );
		$this->assertSame( array( 'woo-renew-' . self::SESSION . '-0', 'woo-renew-' . self::SESSION . '-1' ), $keys );
		$this->assertSame( 'failed', $this->fresh( $order )->get_status() );
	}
}
