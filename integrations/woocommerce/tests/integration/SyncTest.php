<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Api\Client;
use FsaPayments\Eligibility\Changes;
use FsaPayments\Eligibility\Sender;
use FsaPayments\Eligibility\Sync;
use FsaPayments\Eligibility\SyncState;
use FsaPayments\Eligibility\Units;
use FsaPayments\Eligibility\Verdicts;
use FsaPayments\Eligibility\Watch;
use FsaPayments\Eligibility\Words;
use FsaPayments\Settings;
use FsaPayments\Tests\Catalogue;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\ShopCase;

/** The catalogue goes to the platform and its verdicts come back. */
final class SyncTest extends ShopCase {

	protected function setUp(): void {
		parent::setUp();
		Catalogue::empty_shop();
		$this->connect();
	}

	public function test_the_catalogue_is_sent_and_its_verdicts_are_kept(): void {
		Catalogue::platform_judges( array( 'CHIPS' => 'not_eligible', 'GUN' => 'letter' ) );
		$ids      = array( Catalogue::product( 'Bandages', 'BAND', array( 'gtin' => '4006381333931' ) ), Catalogue::product( 'Chips', 'CHIPS', array( 'gtin' => '123' ) ), Catalogue::product( 'Massage gun', 'GUN' ) );
		$verdicts = new Verdicts();

		$this->run_through();

		$this->assertSame( array( 'eligible', 'not_eligible', 'letter' ), array_map( array( $verdicts, 'status' ), $ids ) );
		$this->assertSame( 'prod_band', $verdicts->product( $ids[0] ) );
		$this->assertSame( 'Because of BAND.', $verdicts->of( $ids[0] )['reason'] );
		$this->assertSame( array( '4006381333931', '' ), array( Catalogue::$files[0][0]['gtin'], Catalogue::$files[0][1]['gtin'] ) );
		$this->assertSame( '999', Catalogue::$files[0][0]['price_cents'] );
		$this->assertSame( 1, ( new Units() )->counts()['letter'] );
		$this->assertSame( array( 'done', 3, 0 ), array( Catalogue::sync()->state()['state'], Catalogue::sync()->state()['judged'], Catalogue::sync()->state()['refused'] ) );
	}

	public function test_a_product_without_sku_has_one_of_its_id(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages' );

		$this->run_through();

		$this->assertSame( "wc-$id", Catalogue::$files[0][0]['sku'] );
		$this->assertSame( 'eligible', ( new Verdicts() )->status( $id ) );
	}

	public function test_what_has_not_changed_is_not_sent_again_unless_asked_for(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		Catalogue::product( 'Thermometer', 'THERM' );
		$this->run_through();

		$this->run_through();
		$this->assertCount( 1, Catalogue::$files );
		$this->assertSame( 2, Catalogue::sync()->state()['unchanged'] );

		$product = wc_get_product( $id );
		$product->set_name( 'Bandages, sterile' );
		$product->save();
		$this->run_through();
		$this->assertSame( array( 'Bandages, sterile' ), array_column( Catalogue::$files[1], 'title' ) );

		$this->run_through( true );
		$this->assertCount( 2, Catalogue::$files[2] );
	}

	public function test_a_draft_stays_at_home(): void {
		Catalogue::platform_judges();
		Catalogue::product( 'Not ready', 'DRAFT', array( 'status' => 'draft' ) );

		$this->run_through();

		$this->assertSame( array(), Catalogue::$files );
		$this->assertSame( 'done', Catalogue::sync()->state()['state'] );
	}

	public function test_a_line_that_is_refused_says_why_and_spoils_no_other(): void {
		Catalogue::platform_judges( array( 'BAD' => 'error' ) );
		$bad  = Catalogue::product( 'Bad', 'BAD' );
		$good = Catalogue::product( 'Good', 'GOOD' );

		$this->run_through();

		$this->assertSame( array( Words::REFUSED, 'title: This field may not be blank.' ), array( ( new Verdicts() )->status( $bad ), ( new Verdicts() )->of( $bad )['reason'] ) );
		$this->assertSame( 'eligible', ( new Verdicts() )->status( $good ) );
		$this->assertSame( 1, Catalogue::sync()->state()['refused'] );
	}

	/** Rows come a hundred at a time. */
	public function test_every_page_of_a_files_rows_is_taken(): void {
		Catalogue::platform_judges();
		for ( $i = 0; $i < 103; $i++ ) {
			Catalogue::product( "Bandage $i", "B-$i" );
		}

		$this->run_through();

		$this->assertSame( 103, ( new Units() )->counts()['eligible'] );
		$this->assertCount( 2, Platform::calls( 'GET', '/v1/eligibility/jobs/*/rows' ) );
	}

	public function test_a_run_that_was_cut_off_goes_on_and_sends_the_same_file_under_the_same_key(): void {
		Catalogue::platform_judges();
		Catalogue::product( 'Bandages', 'BAND' );
		$sync = Catalogue::sync();
		$sync->start();
		$before = $sync->state();
		$sync->step( 0 ); // it died behind this call, before it wrote down where it was
		( new SyncState() )->write( $before );

		Catalogue::sync()->step( 5 );

		$keys = array_map( static function ( array $call ): string {
			return $call['headers']['idempotency-key'];
		}, Platform::calls( 'POST', '/v1/products/import' ) );
		$this->assertCount( 2, $keys );
		$this->assertCount( 1, array_unique( $keys ) );
		$this->assertSame( array( 'done', 1 ), array( $sync->state()['state'], $sync->state()['judged'] ) );
	}

	public function test_an_outage_is_waited_for_and_a_step_is_ordered(): void {
		Catalogue::product( 'Bandages', 'BAND' );
		Platform::is_down();
		$sync = Catalogue::sync();
		$sync->start();

		$sync->step( 5 );

		$this->assertSame( array( 'running', 1 ), array( $sync->state()['state'], $sync->state()['tries'] ) );
		$this->assertNotSame( '', $sync->state()['error'] );
		$this->assertNotFalse( as_next_scheduled_action( Sync::STEP, array(), Sync::GROUP ) );

		delete_transient( 'fsa_payments_failures' );
		Catalogue::platform_judges();
		$sync->step( 5 );
		$this->assertSame( array( 'done', '' ), array( $sync->state()['state'], $sync->state()['error'] ) );
	}

	public function test_a_refused_key_ends_the_run_and_says_so(): void {
		Catalogue::product( 'Bandages', 'BAND' );
		Platform::on( 'POST', '/v1/products/import', 'error-key-invalid' );
		$sync = Catalogue::sync();
		$sync->start();

		$sync->step( 5 );

		$this->assertSame( 'failed', $sync->state()['state'] );
		$this->assertNotSame( '', $sync->state()['error'] );
		$this->assertFalse( as_next_scheduled_action( Sync::STEP, array(), Sync::GROUP ) );
		$this->assertFalse( $sync->can_run() );
	}

	public function test_too_many_files_under_way_is_a_reason_to_wait(): void {
		Catalogue::product( 'Bandages', 'BAND' );
		Platform::on( 'POST', '/v1/products/import', array( 409, array( 'error' => array( 'code' => 'too_many_jobs', 'message' => 'Five files wait.' ) ) ) );
		$sync = Catalogue::sync();
		$sync->start();

		$sync->step( 5 );

		$this->assertSame( 'running', $sync->state()['state'] );
	}

	public function test_a_cancelled_run_cancels_its_files_and_ends(): void {
		Catalogue::platform_judges( array(), 'running' );
		Platform::on( 'POST', '/v1/eligibility/jobs/*/cancel', array( 200, array( 'state' => 'cancelled' ) ) );
		Catalogue::product( 'Bandages', 'BAND' );
		$sync = Catalogue::sync();
		$sync->start();
		$sync->step( 0 );

		$sync->cancel();

		$this->assertSame( 'cancelled', $sync->state()['state'] );
		$this->assertCount( 1, Platform::calls( 'POST', '/v1/eligibility/jobs/job_1/cancel' ) );
		$this->assertFalse( as_next_scheduled_action( Sync::STEP, array(), Sync::GROUP ) );
	}

	public function test_another_account_begins_anew(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		( new Settings() )->set( 'account', array( 'id' => 'mer_other' ) );
		$this->assertFalse( Catalogue::sync()->is_on() );

		Catalogue::sync()->start();

		$this->assertSame( array( '', '' ), array( ( new Verdicts() )->product( $id ), ( new Verdicts() )->status( $id ) ) );
	}

	public function test_nothing_is_sent_before_the_owner_begins(): void {
		$id = Catalogue::product( 'Bandages', 'BAND' );

		$this->watch()->saved( $id );
		$this->watch( true );
		\FSA_Scheduler::run();

		$this->assertSame( array(), Platform::calls() );
	}

	public function test_a_changed_product_is_sent_at_once_and_a_sold_one_is_not(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		Platform::on( 'PATCH', '/v1/products/prod_band', array( 200, array( 'id' => 'prod_band', 'decision' => array( 'status' => 'letter', 'reason' => 'Now so.' ) ) ) );

		$watch = $this->watch();
		$watch->saved( $id );
		$watch->look_at_saved();
		$this->assertSame( 0, ( new Units() )->count( true ) );

		$product = wc_get_product( $id );
		$product->set_name( 'Massage gun' );
		$product->save();
		$watch->saved( $id );
		$watch->look_at_saved();
		Catalogue::sync()->send_changed();

		$this->assertSame( 'Massage gun', Platform::calls( 'PATCH' )[0]['body']['title'] );
		$this->assertSame( 'letter', ( new Verdicts() )->status( $id ) );
		$this->assertSame( 0, ( new Units() )->count( true ) );
	}

	public function test_what_is_saved_while_it_is_being_sent_is_sent_again(): void {
		$id   = Catalogue::product( 'Bandages', 'BAND' );
		$sync = Catalogue::sync();
		$sync->mark( array( $id ) );
		Platform::on(
			'POST',
			'/v1/products',
			static function () use ( $id ): array {
				$product = wc_get_product( $id );
				$product->set_name( 'Massage gun' );
				$product->save();
				Catalogue::sync()->mark( array( $id ) );
				return array( 201, array( 'id' => 'prod_band' ) );
			}
		);
		Platform::on( 'PATCH', '/v1/products/prod_band', array( 200, array( 'id' => 'prod_band', 'decision' => array( 'status' => 'eligible' ) ) ) );
		( new \FsaPayments\Eligibility\SyncState() )->write( array( 'account' => 'mer_ofthetests/test', 'is_on' => true ) );

		$sync->send_changed();
		$this->assertSame( 1, ( new Units() )->count( true ) );
		$sync->send_changed();

		$this->assertSame( array( 'Bandages', 'Massage gun' ), array_map( static function ( array $call ): string {
			return $call['body']['title'];
		}, Platform::calls( 'PATCH' ) ) );
		$this->assertSame( 0, ( new Units() )->count( true ) );
	}

	public function test_a_deleted_product_is_withdrawn(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		Platform::on( 'PATCH', '/v1/products/prod_band', array( 200, array( 'id' => 'prod_band' ) ) );
		$watch = $this->watch();

		$watch->gone( $id );
		$watch->gone( $id );
		foreach ( \FSA_Scheduler::find( Watch::WITHDRAW, null, '' ) as $action ) {
			$watch->withdraw( $action['args'][0] );
		}

		$this->assertSame( array( array( 'is_active' => false ) ), array_column( Platform::calls( 'PATCH', '/v1/products/prod_band' ), 'body' ) );
	}

	public function test_a_change_that_the_platform_tells_is_read_anew(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		Platform::on( 'GET', '/v1/public/verdicts', array( 200, array( 'data' => array( array( 'ref' => 'prod_band', 'product' => 'prod_band', 'status' => 'rx', 'reason' => 'New list.', 'citation' => '', 'as_of' => '2026-11-24T00:00:00Z' ) ) ) ) );

		$this->changes()->told( array( 'type' => Changes::EVENT, 'data' => array( 'product' => 'prod_band', 'state' => 'changed', 'new_status' => 'rx' ) ) );
		$waiting = \FSA_Scheduler::find( Changes::REFRESH, null, '' );
		$this->assertCount( 1, $waiting );
		$this->changes()->refresh_or_later( reset( $waiting )['args'][0] );

		$this->assertSame( array( 'rx', 'New list.' ), array( ( new Verdicts() )->status( $id ), ( new Verdicts() )->of( $id )['reason'] ) );
	}

	public function test_verdicts_that_cannot_be_read_now_are_read_later(): void {
		Catalogue::platform_judges();
		Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		Platform::is_down();

		$this->changes()->refresh_or_later( array( 'prod_band' ) );

		$this->assertGreaterThan( time(), as_next_scheduled_action( Changes::REFRESH, array( array( 'prod_band' ) ), Sync::GROUP ) );
	}

	public function test_a_file_that_the_platform_gave_up_is_told_and_sent_again(): void {
		Catalogue::platform_judges( array(), 'failed' );
		Catalogue::product( 'Bandages', 'BAND' );
		Platform::on( 'GET', '/v1/eligibility/jobs/*/rows', array( 200, array( 'data' => array( array( 'row' => 1, 'result' => null ) ), 'next_cursor' => null ) ) );
		$this->run_through();
		$this->assertSame( 'failed', Catalogue::sync()->state()['state'] );
		$this->assertStringContainsString( '1 products were sent and not judged', Catalogue::sync()->state()['error'] );

		Catalogue::platform_judges();
		$this->run_through();
		$this->assertSame( array( 'done', 1 ), array( Catalogue::sync()->state()['state'], Catalogue::sync()->state()['judged'] ) );
	}

	public function test_an_announced_change_is_read_when_its_moment_comes(): void {
		$this->changes()->told( array( 'data' => array( 'product' => 'prod_band', 'state' => 'upcoming', 'effective_at' => '2099-01-01T00:00:00Z' ) ) );

		$this->assertSame( strtotime( '2099-01-01T00:02:00Z' ), as_next_scheduled_action( Changes::REFRESH, array( array( 'prod_band' ) ), Sync::GROUP ) );
	}

	public function test_the_feed_is_read_from_where_it_was_left(): void {
		Catalogue::platform_judges();
		$id = Catalogue::product( 'Bandages', 'BAND' );
		$this->run_through();
		update_option( Changes::CURSOR, 'c1' );
		Platform::on( 'GET', '/v1/eligibility/changes', array( 200, array( 'data' => array( array( 'product' => 'prod_band', 'state' => 'changed' ), array( 'product' => 'prod_elsewhere', 'state' => 'changed' ) ), 'next_cursor' => null, 'resume_cursor' => 'c2' ) ) );
		Platform::on( 'GET', '/v1/public/verdicts', array( 200, array( 'data' => array( array( 'ref' => 'prod_band', 'product' => 'prod_band', 'status' => 'not_eligible', 'reason' => '', 'citation' => '' ) ) ) ) );

		$this->changes()->follow();

		$this->assertStringContainsString( 'cursor=c1', Platform::calls( 'GET', '/v1/eligibility/changes' )[0]['query'] );
		$this->assertSame( 'ref=prod_band', Platform::calls( 'GET', '/v1/public/verdicts' )[0]['query'] );
		$this->assertSame( array( 'c2', 'not_eligible' ), array( get_option( Changes::CURSOR ), ( new Verdicts() )->status( $id ) ) );
	}

	public function test_a_refused_product_is_kept_as_refused_when_it_is_sent_alone(): void {
		$id = Catalogue::product( 'Bandages', 'BAND' );
		Platform::on( 'POST', '/v1/products', array( 400, array( 'error' => array( 'code' => 'parameter_invalid', 'message' => 'sku: It has a card number.' ) ) ) );
		$settings = new Settings();
		$sender   = new Sender( new Client( $settings ), new Verdicts() );

		$sender->send_one( $id, $sender->items( array( $id ), true )[ $id ] );

		$this->assertSame( 'sku: It has a card number.', ( new Verdicts() )->of( $id )['reason'] );
	}

	private function run_through( bool $force = false ): void {
		$sync = Catalogue::sync();
		$sync->start( 'all', $force );
		for ( $i = 0; $i < 20 && $sync->is_running(); $i++ ) {
			$sync->step( 2 );
		}
		wp_cache_flush();
	}

	private function watch( bool $looks = false ): Watch {
		$settings = new Settings();
		$watch    = new Watch( $settings, new Client( $settings ), Catalogue::sync() );
		if ( $looks ) {
			$watch->look_at_saved();
		}
		return $watch;
	}

	private function changes(): Changes {
		$settings = new Settings();
		return new Changes( $settings, new Client( $settings ), new Verdicts(), Catalogue::sync() );
	}
}
