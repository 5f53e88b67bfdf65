<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\Baskets;
use FsaPayments\Tests\CommittedCase;
use FsaPayments\Tests\Platform;
use FsaPayments\Webhooks\Signature;
use WC_Order;

/** Eight processes, one order: what happens once must happen once. */
final class RaceTest extends CommittedCase {

	private const SESSION = 'cs_00000000000000000000000001';
	private const SECRET  = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

	private function order(): WC_Order {
		$this->connect();
		$order = Baskets::usual();
		Platform::on( 'POST', '/v1/checkout/sessions', 'session-open' );
		WC()->payment_gateways()->payment_gateways()['fsa_payments']->process_payment( $order->get_id() );
		return wc_get_order( $order->get_id() );
	}

	/**
	 * Delivers the messages at one moment, each by a process of its own.
	 *
	 * @param array $ids ids of the events; the same id is the same message
	 * @return array[] status, asked, refunds of each
	 */
	private function at_once( WC_Order $order, array $ids ): array {
		$event                                = Platform::recording( 'event-checkout-session-completed' )['event'];
		$event['data']['client_reference_id'] = (string) $order->get_id();
		$start                                = microtime( true ) + 1.5;
		$running                              = array();
		foreach ( $ids as $id ) {
			$body = (string) wp_json_encode( array( 'id' => $id ) + $event );
			$at   = (string) time();
			$file = (string) tempnam( sys_get_temp_dir(), 'fsa' );
			file_put_contents(
				$file,
				wp_json_encode(
					array( 'id' => $id, 'timestamp' => $at, 'signature' => Signature::sign( self::SECRET, $id, $at, $body ), 'body' => $body, 'start' => $start,
						'session' => Platform::body( 'session-complete', array( 'id' => self::SESSION ) ) )
				)
			);
			$process   = proc_open( array( PHP_BINARY, dirname( __DIR__ ) . '/support/deliver.php', rtrim( ABSPATH, '/' ), $file ), array( 1 => array( 'pipe', 'w' ), 2 => array( 'pipe', 'w' ) ), $pipes );
			$running[] = array( $process, $pipes, $file );
		}
		$answers = array();
		foreach ( $running as list( $process, $pipes, $file ) ) {
			$said = stream_get_contents( $pipes[1] );
			$this->assertSame( 0, proc_close( $process ), $said );
			unlink( $file );
			$answers[] = json_decode( $said, true );
		}
		wp_cache_flush();
		return $answers;
	}

	private function paid_notes( WC_Order $order ): int {
		return count( array_filter( $this->notes( $order ), static function ( $note ) { return 0 === strpos( $note, 'Paid ' ); } ) );
	}

	public function test_one_message_eight_times_at_once_is_handled_by_one(): void {
		$order   = $this->order();
		$answers = $this->at_once( $order, array_fill( 0, 8, 'evt_the_same' ) );

		$this->assertSame( 1, array_sum( array_column( $answers, 'asked' ) ), 'One asked the platform.' );
		$this->assertContains( 200, array_column( $answers, 'status' ) );
		$this->assertSame( array(), array_diff( array_column( $answers, 'status' ), array( 200, 409, 503 ) ) );
		$this->assertSame( array( 'processing', 1 ), array( wc_get_order( $order->get_id() )->get_status(), $this->paid_notes( $order ) ) );
	}

	public function test_eight_messages_about_one_order_at_once_complete_it_once(): void {
		$order   = $this->order();
		$answers = $this->at_once( $order, array_map( static function ( $n ) { return "evt_$n"; }, range( 1, 8 ) ) );

		$this->assertSame( array_fill( 0, 8, 200 ), array_column( $answers, 'status' ) );
		$this->assertSame( array( 'processing', 1 ), array( wc_get_order( $order->get_id() )->get_status(), $this->paid_notes( $order ) ) );
	}

	public function test_eight_messages_about_a_cancelled_order_give_the_money_back_once(): void {
		$order = $this->order();
		$order->update_status( 'cancelled' );
		$answers = $this->at_once( $order, array_map( static function ( $n ) { return "evt_$n"; }, range( 1, 8 ) ) );

		$this->assertSame( 1, array_sum( array_column( $answers, 'refunds' ) ) );
		$this->assertSame( 'cancelled', wc_get_order( $order->get_id() )->get_status() );
	}
}
