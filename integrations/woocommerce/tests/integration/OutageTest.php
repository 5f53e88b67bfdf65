<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Admin\Notices;
use FsaPayments\Plugin;
use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\SaleCase;

/** The platform is away, slow, or refuses the key: the shop goes on selling by its other gateways, and everybody is told what they need. */
final class OutageTest extends SaleCase {

	private const SORRY = 'FSA/HSA payment is not available at the moment. Nothing was charged: please choose another way to pay, or try again in a few minutes.';

	private function fail_at_paying( int $times ): void {
		Platform::is_down();
		for ( $i = 0; $i < $times; $i++ ) {
			$this->gateway()->process_payment( Baskets::usual()->get_id() );
		}
	}

	private function owner_is_told(): array {
		return array_column( ( new Notices( Plugin::services() ) )->messages(), 'text' );
	}

	public function test_the_shopper_sees_a_sentence(): void {
		Platform::is_down();
		$order  = Baskets::usual();
		$result = $this->gateway()->process_payment( $order->get_id() );

		$this->assertSame( array( 'result' => 'failure', 'message' => self::SORRY ), $result );
		$this->assertSame( 'pending', $this->fresh( $order )->get_status() );
	}

	public function test_a_connection_that_breaks_is_tried_twice_and_one_that_is_slow_once(): void {
		Platform::is_down();
		$this->gateway()->process_payment( Baskets::usual()->get_id() );
		$this->assertCount( 2, Platform::calls() );

		Platform::is_down( 'cURL error 28: Operation timed out' );
		$this->gateway()->process_payment( Baskets::usual()->get_id() );
		$this->assertCount( 3, Platform::calls() );
		$this->assertSame( 8, Platform::calls()[0]['timeout'] );
	}

	public function test_after_five_failures_the_gateway_hides_and_nobody_is_asked(): void {
		$this->assertTrue( $this->gateway()->is_available() );
		$this->fail_at_paying( 5 );
		$asked = count( Platform::calls() );

		$this->assertFalse( $this->gateway()->is_available() );
		$this->assertSame( self::SORRY, $this->gateway()->process_payment( Baskets::usual()->get_id() )['message'] );
		$this->assertCount( $asked, Platform::calls() );
		$this->assertStringContainsString( 'cannot be reached just now', implode( ' ', $this->owner_is_told() ) );
	}

	public function test_four_failures_hide_nothing(): void {
		$this->fail_at_paying( 4 );

		$this->assertTrue( $this->gateway()->is_available() );
	}

	/** @dataProvider refusals */
	public function test_a_refused_key_hides_the_gateway_and_tells_the_owner( string $recording ): void {
		Platform::on( 'POST', '/v1/checkout/sessions', $recording );
		$result = $this->gateway()->process_payment( Baskets::usual()->get_id() );

		$this->assertSame( self::SORRY, $result['message'] );
		WC()->forget_gateways();
		$this->assertFalse( $this->gateway()->is_available() );
		$this->assertStringContainsString( Platform::body( $recording )['error']['message'], implode( ' ', $this->owner_is_told() ) );
	}

	public function refusals(): array {
		return array( 'the key is not known' => array( 'error-key-invalid' ), 'the bank withdrew the merchant’s' => array( 'error-merchant-key-revoked' ) );
	}

	public function test_too_many_calls_hide_nothing(): void {
		Platform::on( 'POST', '/v1/checkout/sessions', 'error-rate-limited' );
		$result = $this->gateway()->process_payment( Baskets::usual()->get_id() );

		$this->assertSame( self::SORRY, $result['message'] );
		$this->assertTrue( $this->gateway()->is_available() );
	}

	public function test_another_currency_hides_the_gateway(): void {
		update_option( 'woocommerce_currency', 'EUR' );

		$this->assertFalse( $this->gateway()->is_available() );
	}

	public function test_a_shop_without_a_key_offers_nothing(): void {
		$this->connect( array( 'secret_key' => '', 'account' => array() ) );

		$this->assertFalse( $this->gateway()->is_available() );
		$this->assertTrue( $this->gateway()->needs_setup() );
	}
}
