<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Eligibility\Badges;
use FsaPayments\Eligibility\Item;
use FsaPayments\Eligibility\Split;
use FsaPayments\Eligibility\SyncState;
use FsaPayments\Eligibility\Words;
use PHPUnit\Framework\TestCase;

/** The pure parts of the catalogue. */
final class EligibilityTest extends TestCase {

	public function test_a_gtin_counts_only_with_its_check_digit(): void {

		$this->assertSame( '4006381333931', Item::gtin( ' 4006381333931 ' ) );
		$this->assertSame( '036000291452', Item::gtin( '0 36000 29145 2' ) );
		$this->assertSame( '73513537', Item::gtin( '73513537' ) );
		foreach ( array( '4006381333930', '40063813339', 'ABC4006381333931', '', '00000000', '4006381333931x' ) as $wrong ) {
			$this->assertSame( '', Item::gtin( $wrong ), $wrong );
		}
	}

	public function test_prices_become_cents(): void {
		$this->assertSame( 1299, Item::cents( '12.99' ) );
		$this->assertSame( 1, Item::cents( '0.005' ) );
		$this->assertSame( 0, Item::cents( '0' ) );
		$this->assertSame( 461, Item::cents( '4.61' ) );
		foreach ( array( '', 'on request', '-1', '1e12' ) as $none ) {
			$this->assertNull( Item::cents( $none ), $none );
		}
	}

	public function test_html_becomes_a_line_of_text(): void {
		$this->assertSame( 'Fast & gentle relief', Item::plain( "<p>Fast &amp; gentle</p>\n<script>alert(1)</script>[shop x=1] <b>relief</b>" ) );
		$this->assertSame( '', Item::plain( "<style>p{}</style> \n" ) );
	}

	public function test_an_item_has_another_hash_when_any_field_changes(): void {
		$item = array( 'sku' => 'A', 'title' => 'Bandage' );

		$this->assertSame( Item::hash( $item ), Item::hash( $item ) );
		$this->assertNotSame( Item::hash( $item ), Item::hash( array( 'title' => 'Bandages' ) + $item ) );
	}

	public function test_what_a_card_pays_a_share_of_is_not_called_eligible_outright(): void {
		$this->assertSame( 'FSA/HSA eligible in part', Words::label( Words::IN_PART ) );
		$this->assertStringContainsString( 'Some options', Badges::of_all( array( 'eligible', Words::IN_PART ) ) );
		$this->assertNotContains( Words::IN_PART, Words::STATUSES );
	}

	public function test_a_basket_is_split_to_the_cent(): void {
		$lines = array(
			array( 'product' => 'prod_1', 'title' => 'Thermometer', 'total' => 18.66, 'tax' => 1.54 ),
			array( 'product' => '', 'title' => '<b>Chips</b>', 'total' => '3.99', 'tax' => 0 ),
		);

		$body = Split::body( $lines, 5.41, array( 'Gift wrap' => 2.5, 'Loyalty' => -1.0 ) );

		$this->assertSame( array( 'quantity' => 1, 'unit_price_cents' => 1866, 'tax_cents' => 154, 'product' => 'prod_1' ), $body['line_items'][0] );
		$this->assertSame( 'Chips', $body['line_items'][1]['title'] );
		$this->assertSame( array( 'title' => 'Gift wrap', 'quantity' => 1, 'unit_price_cents' => 250 ), $body['line_items'][2] );
		$this->assertSame( array( 541, 100 ), array( $body['shipping_cents'], $body['discount_cents'] ) );
	}

	public function test_an_empty_or_endless_basket_is_not_asked_about(): void {
		$line = array( 'product' => 'prod_1', 'title' => 'x', 'total' => 1, 'tax' => 0 );

		$this->assertSame( array(), Split::body( array(), 5.0 ) );
		$this->assertSame( array(), Split::body( array_fill( 0, 201, $line ), 0.0 ) );
	}

	public function test_a_split_is_shown_only_where_it_comes_to_the_carts_total(): void {
		$answer = array( 'currency' => 'USD', 'amount_total_cents' => 11100, 'amount_eligible_cents' => 3763, 'amount_with_letter_cents' => 0 );

		$this->assertSame( array( 'eligible' => 3763, 'letter' => 0, 'other' => 7337 ), Split::parts( $answer, 111.00 ) );
		$this->assertNull( Split::parts( $answer, 111.01 ) );
		$this->assertNull( Split::parts( array( 'amount_eligible_cents' => 0 ) + $answer, 111.00 ) );
		$this->assertNull( Split::parts( array( 'currency' => 'EUR' ) + $answer, 111.00 ) );
		$this->assertNull( Split::parts( array(), 111.00 ) );
	}

	public function test_progress_says_rate_and_seconds_left(): void {
		$state = array( 'state' => 'running', 'total' => 1000, 'unchanged' => 100, 'judged' => 390, 'refused' => 10, 'started_at' => 1000, 'finished_at' => 0 );

		$this->assertSame( array( 'done' => 500, 'total' => 1000, 'percent' => 50, 'rate' => 50.0, 'left' => 10 ), SyncState::progress( $state, 1010 ) );
		$this->assertNull( SyncState::progress( array( 'judged' => 0, 'unchanged' => 0, 'refused' => 0 ) + $state, 1010 )['left'] );
	}

	public function test_an_ended_run_keeps_its_rate_and_an_empty_one_is_complete(): void {
		$state = array( 'state' => 'done', 'total' => 0, 'unchanged' => 0, 'judged' => 0, 'refused' => 0, 'started_at' => 1000, 'finished_at' => 1001 );

		$this->assertSame( array( 'done' => 0, 'total' => 0, 'percent' => 100, 'rate' => null, 'left' => null ), SyncState::progress( $state, 9999 ) );
		$this->assertSame( 20.0, SyncState::progress( array( 'total' => 20, 'judged' => 20 ) + $state, 9999 )['rate'] );
	}

	public function test_shoppers_see_nothing_of_what_no_card_pays_for(): void {
		foreach ( array( 'not_eligible', 'unknown', Words::REFUSED, '', 'something new' ) as $status ) {
			$this->assertSame( '', Words::shop_badge( $status ), $status );
		}
		$this->assertStringContainsString( 'FSA/HSA eligible with a letter', Words::shop_badge( 'letter' ) );
	}

	public function test_variations_that_differ_say_that_it_depends(): void {
		$this->assertSame( Words::shop_badge( 'eligible' ), Badges::of_all( array( 'eligible', 'eligible' ) ) );
		$this->assertStringContainsString( 'Some options', Badges::of_all( array( 'eligible', 'unknown' ) ) );
		$this->assertStringContainsString( 'Some options', Badges::of_all( array( 'eligible', 'letter' ) ) );
		$this->assertSame( '', Badges::of_all( array( 'not_eligible', 'unknown' ) ) );
		$this->assertSame( '', Badges::of_all( array() ) );
	}
}
