<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\SaleCase;
use WC_Order;

/** A cardholder's bank disputes a charge. Fields as docs/webhooks.md lists them. */
final class DisputeTest extends SaleCase {

	private function told( WC_Order $order, string $type, string $status ): int {
		return $this->post(
			array(
				'id'   => 'evt_' . $status,
				'type' => $type,
				'data' => array(
					'dispute' => 'dp_1', 'payment' => self::PAYMENT, 'session' => self::SESSION, 'kind' => 'dispute', 'status' => $status, 'network' => 'visa', 'reason_code' => '10.4',
					'reason' => 'Fraud, card absent', 'amount_cents' => 2790, 'debited_cents' => 2790, 'fee_cents' => 1500, 'due_at' => '2026-12-20T00:00:00Z',
					'client_reference_id' => (string) $order->get_id(), 'metadata' => array(),
				),
			)
		);
	}

	private function paid(): WC_Order {
		$order = $this->sent_to_pay();
		$this->session_is( 'session-complete' );
		$this->deliver( 'event-checkout-session-completed', $order );
		return $this->fresh( $order );
	}

	public function test_an_order_that_is_not_shipped_waits(): void {
		$order = $this->paid();
		$this->assertSame( 200, $this->told( $order, 'dispute.opened', 'open' ) );

		$order = $this->fresh( $order );
		$this->assertSame( array( 'on-hold', 'open' ), array( $order->get_status(), $order->get_meta( '_fsa_payments_dispute' )['status'] ) );
		$this->assertStringContainsString( '$27.90: Fraud, card absent', implode( "\n", (array) $this->notes( $order ) ) );
	}

	public function test_an_order_that_is_done_is_flagged_alone(): void {
		$order = $this->paid();
		$order->update_status( 'completed' );
		$this->told( $order, 'dispute.opened', 'open' );
		$this->told( $order, 'dispute.won', 'won' );

		$order = $this->fresh( $order );
		$this->assertSame( array( 'completed', 'won' ), array( $order->get_status(), $order->get_meta( '_fsa_payments_dispute' )['status'] ) );
		$this->assertStringContainsString( 'The dispute is won: $27.90 is yours again.', implode( "\n", (array) $this->notes( $order ) ) );
	}
}
