<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Tests\ShopCase;
use FsaPayments\Webhooks\Inbox;

final class InboxTest extends ShopCase {

	public function test_an_event_is_taken_once(): void {
		$inbox = new Inbox();

		$this->assertTrue( $inbox->take( 'evt_1', 'payment.captured' ) );
		$this->assertFalse( $inbox->take( 'evt_1', 'payment.captured' ) );
		$this->assertTrue( $inbox->take( 'evt_2', 'payment.captured' ) );
	}

	public function test_ids_that_differ_by_case_are_two(): void {
		$inbox = new Inbox();

		$this->assertTrue( $inbox->take( 'evt_a', 'payment.captured' ) );
		$this->assertTrue( $inbox->take( 'evt_A', 'payment.captured' ) );
	}

	public function test_a_handled_event_stays_handled(): void {
		$inbox = new Inbox();
		$inbox->take( 'evt_1', 'payment.captured' );
		$this->assertFalse( $inbox->is_handled( 'evt_1' ) );

		$inbox->handled( 'evt_1' );
		$inbox->give_back( 'evt_1' );

		$this->assertTrue( $inbox->is_handled( 'evt_1' ) );
		$this->assertFalse( $inbox->take( 'evt_1', 'payment.captured' ) );
	}

	public function test_one_given_back_may_be_taken_again(): void {
		$inbox = new Inbox();
		$inbox->take( 'evt_1', 'payment.captured' );
		$inbox->give_back( 'evt_1' );

		$this->assertTrue( $inbox->take( 'evt_1', 'payment.captured' ) );
	}

	/** The request that took it died a minute ago and more. */
	public function test_one_whose_handler_died_may_be_taken_again(): void {
		$inbox = new Inbox();
		$inbox->take( 'evt_1', 'payment.captured' );
		$GLOBALS['wpdb']->query( 'UPDATE ' . Inbox::table() . ' SET taken_at = taken_at - 61' );

		$this->assertTrue( $inbox->take( 'evt_1', 'payment.captured' ) );
		$this->assertFalse( $inbox->take( 'evt_1', 'payment.captured' ) );
	}
}
