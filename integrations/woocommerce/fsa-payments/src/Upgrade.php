<?php
declare(strict_types=1);

namespace FsaPayments;

use FsaPayments\Webhooks\Inbox;

defined( 'ABSPATH' ) || exit;

/** The plugin's own table is there, whichever version came before. */
final class Upgrade {

	private const OPTION = 'fsa_payments_db_version';
	private const WANTED = 1;

	public static function run_if_needed(): void {
		if ( self::WANTED === (int) get_option( self::OPTION, 0 ) ) {
			return;
		}
		Inbox::create_table();
		update_option( self::OPTION, self::WANTED, true );
	}
}
