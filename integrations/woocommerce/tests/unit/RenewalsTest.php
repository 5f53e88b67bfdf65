<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Renewals\Renewals;
use PHPUnit\Framework\TestCase;

final class RenewalsTest extends TestCase {

	private static function card( string $id, string $kind, string $covers = 'subscriptions', string $status = 'active' ): array {
		return array( 'id' => $id, 'status' => $status, 'card' => array( 'account_kind' => $kind ), 'consent' => array( 'covers' => $covers ) );
	}

	public function test_the_newest_benefit_card_is_asked_before_the_newest_other_one(): void {
		$saved = array( self::card( 'pm_visa', 'credit' ), self::card( 'pm_hsa', 'hsa' ), self::card( 'pm_old', 'debit' ), self::card( 'pm_fsa', 'fsa' ) );
		$this->assertSame( array( array( 'payment_method' => 'pm_hsa' ), array( 'payment_method' => 'pm_visa' ) ), Renewals::choose( $saved ) );
	}

	public function test_a_card_kept_for_purchases_alone_is_not_charged(): void {
		$this->assertSame( array(), Renewals::choose( array( self::card( 'pm_1', 'hsa', 'checkout' ), self::card( 'pm_2', 'credit', 'subscriptions', 'unusable' ) ) ) );
	}
}
