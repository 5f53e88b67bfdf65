<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Admin\OrderPanel;
use FsaPayments\Orders\Meta;
use FsaPayments\Plugin;
use FsaPayments\Tests\SaleCase;
use WC_Order;

/** What the owner sees beside an order. */
final class PanelTest extends SaleCase {

	private function shown( WC_Order $order ): string {
		ob_start();
		( new OrderPanel( Plugin::services() ) )->show( $order );
		return (string) ob_get_clean();
	}

	public function test_cards_verdicts_receipt_and_what_happened(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->deliver( 'event-checkout-session-completed', $order );
		$shown = $this->shown( $this->fresh( $order ) );

		foreach ( array( 'Paid.', '$27.90', '$30.80', 'is-eligible', 'Nacho tortilla chips', 'not eligible', '/receipts/', 'Attempt 1' ) as $text ) {
			$this->assertStringContainsString( $text, $shown );
		}
		$this->assertStringNotContainsString( 'data-fsa-deed', $shown );
	}

	public function test_what_is_held_has_buttons_for_who_may_change_orders(): void {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-authorised' );
		$this->deliver( 'event-held-checkout-session-authorised', $order );
		$this->assertStringNotContainsString( 'data-fsa-deed', $this->shown( $this->fresh( $order ) ) );

		$owner = wp_insert_user( array( 'user_login' => 'manager', 'user_pass' => 'x', 'user_email' => 'm@shop.example.test', 'role' => 'administrator' ) );
		get_userdata( $owner )->add_cap( 'edit_shop_orders' );
		wp_set_current_user( $owner );
		$this->assertStringContainsString( 'Take all that is held ($58.70)', $this->shown( $this->fresh( $order ) ) );
		wp_set_current_user( 0 );
	}

	public function test_nothing_of_a_title_or_a_reason_becomes_markup(): void {
		$order = $this->sent_to_pay();
		$order->update_meta_data( Meta::SPLIT, array( array( 'title' => '<script>1</script>', 'quantity' => 1, 'total_cents' => 1, 'shipping_cents' => 0, 'status' => '"><b>', 'reason' => '"onmouseover="x' ) ) );
		Meta::tell( $order, '<img src=x>' );
		$order->save();
		$shown = $this->shown( $order );

		$this->assertStringNotContainsString( '<script', $shown );
		$this->assertStringNotContainsString( '<img', $shown );
		$this->assertStringNotContainsString( '"onmouseover', $shown );
		$this->assertStringContainsString( 'is-unknown', $shown );
	}
}
