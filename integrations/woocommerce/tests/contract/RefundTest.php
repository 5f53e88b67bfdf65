<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Contract;

use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\ShopCase;
use WC_Payment_Gateway;
use WP_Error;

/** What the plugin relies on of refunds: the refund is stored, with its lines, before the gateway is asked. */
final class RefundTest extends ShopCase {

	/** A gateway that keeps what it was asked. */
	private function gateway( $answer = true ): WC_Payment_Gateway {
		$gateway = new class() extends WC_Payment_Gateway {
			public $id       = 'fsa_asked';
			public $title    = 'Asked';
			public $supports = array( 'products', 'refunds' );
			public $enabled  = 'yes';
			public $asked    = array();
			public $answer   = true;

			public function process_refund( $order_id, $amount = null, $reason = '' ) {
				$refunds       = wc_get_order( $order_id )->get_refunds();
				$lines         = array_map( static function ( $item ) { return array( $item->get_quantity(), $item->get_total(), $item->get_total_tax() ); }, array_values( $refunds[0]->get_items() ) );
				$this->asked[] = array( $amount, $reason, count( $refunds ), $lines );
				return $this->answer;
			}
		};
		$gateway->answer = $answer;

		WC()->payment_gateways()->payment_gateways['fsa_asked'] = $gateway;
		return $gateway;
	}

	private function order() {
		$order = Baskets::order( array( array( 'Bandages', 2, '20.00', '20.00', '1.20' ), array( 'Crisps', 1, '4.00', '4.00', '0.24' ) ), array(), array(), array(), 'fsa_asked' );
		$order->payment_complete( 'pay_1' );
		return wc_get_order( $order->get_id() );
	}

	private function refund( $order, string $amount, array $lines = array() ) {
		return wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => $amount, 'reason' => 'broken', 'line_items' => $lines, 'refund_payment' => true ) );
	}

	public function test_the_gateway_sees_the_lines(): void {
		$gateway = $this->gateway();
		$order   = $this->order();
		$line    = array_key_first( $order->get_items() );

		$refund = $this->refund( $order, '10.60', array( $line => array( 'qty' => 1, 'refund_total' => '10.00', 'refund_tax' => array( 1 => '0.60' ) ) ) );

		$this->assertSame( array( array( '10.60', 'broken', 1, array( array( -1, '-10', '-0.6' ) ) ) ), $gateway->asked );
		$this->assertSame( '10.60', $refund->get_amount() );
		$item = array_values( $refund->get_items() )[0];
		$this->assertSame( (string) $line, (string) $item->get_meta( '_refunded_item_id' ) );
		$order = wc_get_order( $order->get_id() );
		$this->assertSame( array( 'processing', 10.6, -1 ), array( $order->get_status(), (float) $order->get_total_refunded(), $order->get_qty_refunded_for_item( $line ) ) );
		$this->assertEquals( '14.84', $order->get_remaining_refund_amount() );
	}

	public function test_what_the_gateway_refuses_leaves_nothing(): void {
		$this->gateway( new WP_Error( 'fsa', 'The card is closed.' ) );
		$order = $this->order();

		$result = $this->refund( $order, '5.00' );

		$this->assertInstanceOf( WP_Error::class, $result );
		$this->assertSame( 'The card is closed.', $result->get_error_message() );
		$this->assertSame( array(), wc_get_order( $order->get_id() )->get_refunds() );
	}

	public function test_false_is_a_refusal_too(): void {
		$this->gateway( false );
		$order = $this->order();

		$this->assertInstanceOf( WP_Error::class, $this->refund( $order, '5.00' ) );
		$this->assertSame( array(), wc_get_order( $order->get_id() )->get_refunds() );
	}

	public function test_the_whole_amount_makes_the_order_refunded(): void {
		$this->gateway();
		$order = $this->order();
		$this->refund( $order, '25.44' );

		$this->assertSame( 'refunded', wc_get_order( $order->get_id() )->get_status() );
	}

	public function test_more_than_is_left_is_refused_before_the_gateway_is_asked(): void {
		$gateway = $this->gateway();
		$order   = $this->order();

		$this->assertInstanceOf( WP_Error::class, $this->refund( $order, '25.45' ) );
		$this->assertSame( array(), $gateway->asked );
	}
}
