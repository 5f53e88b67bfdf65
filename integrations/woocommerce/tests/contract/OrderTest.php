<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Contract;

use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\ShopCase;
use WC_Order;

/** What the plugin relies on of WooCommerce's orders. Runs on the double, and with FSA_WP_ROOT on the real one. */
final class OrderTest extends ShopCase {

	public function test_money_is_text_and_only_the_total_has_two_digits_always(): void {
		$order = Baskets::order( array( array( 'Bandages', 3, '10.00', '9.995', '0.6' ) ), array( '5', '0.3' ) );
		$items = array_values( $order->get_items() );

		$this->assertSame(
			array( '15.90', '5', '0.3', '0.6', '0.9', '0.005' ),
			array( $order->get_total(), $order->get_shipping_total(), $order->get_shipping_tax(), $order->get_cart_tax(), $order->get_total_tax(), $order->get_discount_total() )
		);
		$this->assertSame( array( '10.00', '9.995', '0.6', 3 ), array( $items[0]->get_subtotal(), $items[0]->get_total(), $items[0]->get_total_tax(), $items[0]->get_quantity() ) );
	}

	public function test_only_what_was_saved_is_there_after_a_reload(): void {
		$order = Baskets::usual();
		$order->update_meta_data( '_fsa_payments_session', 'cs_1' );

		$this->assertSame( '', wc_get_order( $order->get_id() )->get_meta( '_fsa_payments_session' ) );
		$order->save();
		$this->assertSame( 'cs_1', wc_get_order( $order->get_id() )->get_meta( '_fsa_payments_session' ) );
	}

	public function test_meta_is_read_anew(): void {
		$order = Baskets::usual();
		$other = wc_get_order( $order->get_id() );
		$other->update_meta_data( '_fsa_payments_session', 'cs_1' );
		$other->save();
		$order->read_meta_data( true );

		$this->assertSame( 'cs_1', $order->get_meta( '_fsa_payments_session' ) );
	}

	/** @dataProvider values */
	public function test_a_value_of_meta_comes_back( $given, $back ): void {
		$order = Baskets::usual();
		$order->update_meta_data( '_fsa_payments_value', $given );
		$order->save();

		$this->assertSame( $back, wc_get_order( $order->get_id() )->get_meta( '_fsa_payments_value' ) );
	}

	public function values(): array {
		return array(
			'numbers as text'       => array( 7, '7' ),
			'true as one'           => array( true, '1' ),
			'arrays as they are'    => array( array( array( 'cents' => 5, 'of' => 'hsa' ) ), array( array( 'cents' => 5, 'of' => 'hsa' ) ) ),
			'text with a backslash' => array( 'a\\b "c"', 'a\\b "c"' ),
		);
	}

	public function test_meta_that_is_not_there_is_an_empty_text(): void {
		$order = Baskets::usual();

		$this->assertSame( '', $order->get_meta( '_fsa_payments_nothing' ) );
		$this->assertFalse( $order->meta_exists( '_fsa_payments_nothing' ) );
	}

	public function test_deleted_meta_is_gone(): void {
		$order = Baskets::usual();
		$order->update_meta_data( '_fsa_payments_session', 'cs_1' );
		$order->save();
		$order->delete_meta_data( '_fsa_payments_session' );
		$order->save();

		$this->assertFalse( wc_get_order( $order->get_id() )->meta_exists( '_fsa_payments_session' ) );
	}

	public function test_lines_of_each_kind_come_back(): void {
		$order = Baskets::order( array( array( 'Bandages', 2, '10.00', '9.00', '0.60' ) ), array( '5.00', '0.30' ), array( array( 'Gift wrap', '2.50', '0.15' ) ), array( 'SPRING' => '1.00' ) );

		$this->assertCount( 1, $order->get_items() );
		$this->assertSame( array( 'Gift wrap', '2.50' ), array( array_values( $order->get_fees() )[0]->get_name(), array_values( $order->get_fees() )[0]->get_total() ) );
		$this->assertSame( '5.00', array_values( $order->get_shipping_methods() )[0]->get_total() );
		$this->assertSame( array( 'spring' ), $order->get_coupon_codes() );
		$this->assertCount( 3, $order->get_items( array( 'line_item', 'fee', 'shipping' ) ) );
		$this->assertSame( array_keys( $order->get_items() ), array( array_values( $order->get_items() )[0]->get_id() ) );
		$this->assertSame( '17.55', $order->get_total() );
	}

	public function test_a_line_knows_its_product(): void {
		$order = Baskets::usual();
		$item  = array_values( $order->get_items() )[0];

		$this->assertSame( 'Ibuprofen 200 mg', $item->get_name() );
		$this->assertSame( $item->get_product_id(), $item->get_product()->get_id() );
		$this->assertSame( 0, $item->get_variation_id() );
	}

	public function test_a_new_order_waits_for_its_payment(): void {
		$order = Baskets::usual();

		$this->assertSame( array( 'pending', true, false ), array( $order->get_status(), $order->needs_payment(), $order->is_paid() ) );
		$this->assertTrue( $order->key_is_valid( $order->get_order_key() ) );
		$this->assertStringStartsWith( 'wc_order_', $order->get_order_key() );
		$this->assertNull( $order->get_date_paid() );
	}

	public function test_a_payment_completes_once(): void {
		$order = Baskets::usual();
		$told  = 0;
		add_action( 'woocommerce_payment_complete', static function () use ( &$told ) { ++$told; } );

		$this->assertTrue( $order->payment_complete( 'pay_1' ) );
		wc_get_order( $order->get_id() )->payment_complete( 'pay_2' );

		$again = wc_get_order( $order->get_id() );
		$this->assertSame( array( 'processing', 'pay_1', true ), array( $again->get_status(), $again->get_transaction_id(), $again->is_paid() ) );
		$this->assertNotNull( $again->get_date_paid() );
		$this->assertSame( 1, $told );
	}

	/** The trap: a late payment would bring a cancelled order to life. */
	public function test_a_cancelled_order_would_be_revived(): void {
		$order = Baskets::usual( 'bacs' );
		$order->update_status( 'cancelled' );
		$order->payment_complete( 'pay_1' );

		$this->assertSame( 'processing', wc_get_order( $order->get_id() )->get_status() );
	}

	public function test_a_change_of_status_is_told_and_noted(): void {
		$order = Baskets::usual();
		$told  = array();
		add_action( 'woocommerce_order_status_changed', static function ( $id, $from, $to ) use ( &$told ) { $told[] = "$from>$to"; }, 10, 3 );
		add_action( 'woocommerce_order_status_on-hold', static function () use ( &$told ) { $told[] = 'on-hold'; } );
		add_action( 'woocommerce_order_status_pending_to_on-hold', static function () use ( &$told ) { $told[] = 'pending_to_on-hold'; } );

		$order->update_status( 'on-hold', 'A letter is awaited.' );

		$this->assertSame( array( 'on-hold', 'pending_to_on-hold', 'pending>on-hold' ), $told );
		$this->assertContains( 'A letter is awaited. Order status changed from Pending payment to On hold.', $this->notes( $order ) );
	}

	public function test_the_same_status_again_is_no_change(): void {
		$order = Baskets::usual();
		$order->update_status( 'on-hold' );
		$told = 0;
		add_action( 'woocommerce_order_status_changed', static function () use ( &$told ) { ++$told; } );
		wc_get_order( $order->get_id() )->update_status( 'on-hold' );

		$this->assertSame( 0, $told );
	}

	public function test_orders_are_found_by_their_meta(): void {
		$order = Baskets::usual();
		$order->update_meta_data( '_fsa_payments_session', 'cs_of_this_test' );
		$order->save();
		Baskets::usual();
		$of = static function ( string $session ): array {
			return array( 'meta_query' => array( array( 'key' => '_fsa_payments_session', 'value' => $session ) ), 'limit' => 5 );
		};

		$found = wc_get_orders( $of( 'cs_of_this_test' ) );

		$this->assertCount( 1, $found );
		$this->assertInstanceOf( WC_Order::class, $found[0] );
		$this->assertSame( $order->get_id(), $found[0]->get_id() );
		$this->assertSame( array( $order->get_id() ), wc_get_orders( $of( 'cs_of_this_test' ) + array( 'return' => 'ids' ) ) );
		$this->assertSame( array(), wc_get_orders( $of( 'cs_another' ) ) );
	}

	public function test_what_is_no_order_is_false(): void {
		$this->assertFalse( wc_get_order( 987654321 ) );
		$this->assertFalse( wc_get_order( 0 ) );
	}
}
