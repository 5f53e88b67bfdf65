<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Api\Client;
use FsaPayments\Eligibility\AnotherLook;
use FsaPayments\Eligibility\Badges;
use FsaPayments\Eligibility\BulkAction;
use FsaPayments\Eligibility\CartPreview;
use FsaPayments\Eligibility\CsvColumn;
use FsaPayments\Eligibility\ListFilter;
use FsaPayments\Eligibility\SyncReport;
use FsaPayments\Eligibility\SyncState;
use FsaPayments\Eligibility\Units;
use FsaPayments\Eligibility\Verdicts;
use FsaPayments\Settings;
use FsaPayments\Tests\Catalogue;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\ShopCase;

/** Verdicts where the owner and the shoppers see them. */
final class CatalogueScreensTest extends ShopCase {

	/** @var Verdicts */
	private $verdicts;

	protected function setUp(): void {
		parent::setUp();
		Catalogue::empty_shop();
		$this->connect();
		$this->verdicts = new Verdicts();
	}

	public function test_a_slash_and_quotes_in_a_reason_stay_as_they_were(): void {
		$id = Catalogue::product( 'Bandages', 'BAND' );

		$this->verdicts->keep( $id, array( 'status' => 'eligible', 'reason' => 'IRS Pub. 502, "Bandages" \\ more', 'citation' => 'A' ) );

		$this->assertSame( 'IRS Pub. 502, "Bandages" \\ more', $this->verdicts->of( $id )['reason'] );
	}

	public function test_a_status_that_nobody_knows_changes_nothing(): void {
		$id = $this->judged( 'eligible' );

		$this->verdicts->keep( $id, array( 'status' => 'surprising' ) );

		$this->assertSame( 'eligible', $this->verdicts->status( $id ) );
	}

	public function test_the_list_is_narrowed_by_verdict(): void {
		$yes       = $this->judged( 'eligible' );
		$no        = $this->judged( 'not_eligible' );
		$unchecked = Catalogue::product( 'New' );

		$this->assertSame( array( $yes ), $this->found( 'eligible' ) );
		$this->assertSame( array( $no ), $this->found( 'not_eligible' ) );
		$this->assertSame( array( $unchecked ), $this->found( '' ) );
		$this->assertStringContainsString( 'fsa_payments_status=unchecked', ListFilter::address( '' ) );
	}

	public function test_coverage_counts_what_is_on_sale(): void {
		$this->judged( 'eligible' );
		$this->judged( 'letter' );
		Catalogue::product( 'New' );
		Catalogue::product( 'Draft', '', array( 'status' => 'draft' ) );

		$counts = ( new Units() )->counts();
		ob_start();
		( new SyncReport( $counts, ( new SyncState() )->read(), array() ) )->coverage();
		$html = (string) ob_get_clean();

		$this->assertSame( 3, array_sum( $counts ) );
		$this->assertStringContainsString( '2 of 3 products and variations on sale are judged (66 %)', $html );
	}

	public function test_the_bulk_action_has_the_chosen_sent_again(): void {
		$id     = $this->judged( 'eligible' );
		$bulk   = new BulkAction( Catalogue::sync() );
		$owner  = self::owner();
		wp_set_current_user( $owner );

		$back = $bulk->handle( 'edit.php', 'fsa_payments_check', array( $id ) );

		$this->assertStringContainsString( 'fsa_payments_check=1', $back );
		$this->assertStringStartsWith( 'force', get_post_meta( $id, Verdicts::CHANGED, true ) );
		$this->assertSame( 'edit.php', $bulk->handle( 'edit.php', 'trash', array( $id ) ) );
	}

	public function test_the_bulk_action_says_where_the_shop_is_not_connected(): void {
		$id = $this->judged( 'eligible' );
		wp_set_current_user( self::owner() );
		( new Settings() )->set( 'key_refused', 'The key was withdrawn.' );

		$this->assertStringContainsString( 'fsa_payments_check=off', ( new BulkAction( Catalogue::sync() ) )->handle( 'edit.php', 'fsa_payments_check', array( $id ) ) );
		$this->assertSame( '', get_post_meta( $id, Verdicts::CHANGED, true ) );
	}

	public function test_a_shopper_starts_no_bulk_action(): void {
		$id = $this->judged( 'eligible' );

		$this->assertSame( 'edit.php', ( new BulkAction( Catalogue::sync() ) )->handle( 'edit.php', 'fsa_payments_check', array( $id ) ) );
	}

	public function test_another_look_is_asked_for_once(): void {
		$id   = $this->judged( 'not_eligible' );
		$look = new AnotherLook( new Client( new Settings() ), $this->verdicts );
		Platform::on( 'POST', '/v1/eligibility/disputes', array( 201, array( 'id' => 'edsp_1', 'state' => 'open' ) ) );

		$this->assertTrue( $look->ask( $id, 'eligible', 'The label says that it is a sterile bandage.' )[0] );
		$this->assertTrue( $look->ask( $id, 'eligible', 'The label says that it is a sterile bandage.' )[0] );

		$calls = Platform::calls( 'POST', '/v1/eligibility/disputes' );
		$this->assertSame( array( 'product' => $this->verdicts->product( $id ), 'claim' => 'eligible', 'evidence' => 'The label says that it is a sterile bandage.' ), $calls[0]['body'] );
		$this->assertSame( $calls[0]['headers']['idempotency-key'], $calls[1]['headers']['idempotency-key'] );
		$this->assertSame( 'not_eligible', $this->verdicts->status( $id ), 'asking overrules nothing' );
	}

	public function test_another_look_needs_a_verdict_a_claim_and_a_reason(): void {
		$id   = $this->judged( 'not_eligible' );
		$look = new AnotherLook( new Client( new Settings() ), $this->verdicts );

		$this->assertFalse( $look->ask( $id, 'eligible', 'because' )[0] );
		$this->assertFalse( $look->ask( $id, 'unknown', 'The label says that it is a sterile bandage.' )[0] );
		$this->assertFalse( $look->ask( Catalogue::product( 'New' ), 'eligible', 'The label says that it is a sterile bandage.' )[0] );
		$this->assertSame( array(), Platform::calls() );
	}

	public function test_the_export_has_the_verdict_and_an_import_cannot_change_it(): void {
		$id  = $this->judged( 'letter' );
		$csv = new CsvColumn( $this->verdicts );

		$this->assertSame( 'letter', $csv->value( '', wc_get_product( $id ) ) );
		$this->assertArrayHasKey( 'fsa_payments_eligibility', $csv->name( array() ) );
		$this->assertStringContainsString( 'not imported', $csv->explain( array() )['fsa_payments_eligibility'] );
		$read = $csv->pass_over( array( 'name' => 'A', 'fsa_payments_eligibility' => 'eligible', 'meta_data' => array( array( 'key' => '_fsa_payments_eligibility', 'value' => 'eligible' ), array( 'key' => 'colour', 'value' => 'red' ) ) ) );
		$this->assertSame( array( 'name' => 'A', 'meta_data' => array( array( 'key' => 'colour', 'value' => 'red' ) ) ), $read );
	}

	public function test_an_item_in_the_cart_says_so_and_an_unknown_one_says_nothing(): void {
		$badges = new Badges( new Settings(), $this->verdicts );

		$this->assertSame( 'Eligible with a letter', $badges->in_cart( array(), array( 'product_id' => $this->judged( 'letter' ), 'variation_id' => 0 ) )[0]['value'] );
		$this->assertSame( array(), $badges->in_cart( array(), array( 'product_id' => $this->judged( 'unknown' ), 'variation_id' => 0 ) ) );
		$this->assertSame( array(), $badges->in_cart( array(), array( 'product_id' => Catalogue::product( 'New' ) ) ) );
	}

	public function test_the_cart_says_how_it_would_be_paid_and_asks_once(): void {
		$this->cart();
		Platform::on( 'POST', '/v1/public/split', array( 200, array( 'currency' => 'USD', 'amount_total_cents' => 1998, 'amount_eligible_cents' => 999, 'amount_with_letter_cents' => 0 ) ) );

		$this->assertSame( array( '$9.99 on your FSA/HSA card, $9.99 on another' ), $this->preview()->words()['lines'] );
		$this->assertSame( array( '$9.99 on your FSA/HSA card, $9.99 on another' ), $this->preview()->words()['lines'] );

		$calls = Platform::calls( 'POST', '/v1/public/split' );
		$this->assertCount( 1, $calls );
		$this->assertSame( 2, $calls[0]['timeout'] );
	}

	public function test_an_outage_shows_nothing_and_makes_nobody_wait_twice(): void {
		$this->cart();
		Platform::is_down();

		$this->assertSame( array(), $this->preview()->words() );
		$this->assertSame( array(), $this->preview()->words() );

		$this->assertCount( 1, Platform::calls( 'POST', '/v1/public/split' ) );
	}

	public function test_a_cart_of_unknown_things_is_not_asked_about(): void {
		WC()->cart->add_to_cart( Catalogue::product( 'New' ) );

		$this->assertSame( array(), $this->preview()->words() );
		$this->assertSame( array(), Platform::calls() );
	}

	public function test_all_of_it_and_letters_have_their_own_words(): void {
		$this->assertSame( array( 'All of it on your FSA/HSA card' ), CartPreview::lines( array( 'eligible' => 999, 'letter' => 0, 'other' => 0 ) ) );
		$this->assertSame( array( '$5.00 on your FSA/HSA card with a letter or prescription' ), CartPreview::lines( array( 'eligible' => 0, 'letter' => 500, 'other' => 999 ) ) );
	}

	private function judged( string $status ): int {
		static $made = 0;
		++$made;
		$id = Catalogue::product( "Product $made", "P-$made" );
		$this->verdicts->sent( $id, "P-$made", 'hash', "prod_$made" );
		$this->verdicts->keep( $id, array( 'status' => $status, 'reason' => 'Because.', 'citation' => 'IRS Pub. 502' ) );
		return $id;
	}

	/** @return int[] */
	private function found( string $status ): array {
		global $wpdb;
		return array_map( 'intval', $wpdb->get_col( "SELECT ID FROM {$wpdb->posts} WHERE post_type = 'product' AND post_status = 'publish' AND " . ( new Units() )->condition( $wpdb->posts, $status ) ) );
	}

	private function cart(): void {
		WC()->cart->add_to_cart( $this->judged( 'eligible' ) );
		WC()->cart->add_to_cart( $this->judged( 'not_eligible' ) );
	}

	private function preview(): CartPreview {
		$settings = new Settings();
		return new CartPreview( $settings, new Client( $settings ), $this->verdicts );
	}

	private static function owner(): int {
		$user = get_user_by( 'id', 1 );
		$user->add_cap( 'edit_products' );
		return 1;
	}
}
