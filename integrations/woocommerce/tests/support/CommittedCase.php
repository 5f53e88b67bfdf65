<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

/** A test whose rows other processes must see: it commits, and empties what it wrote to. */
abstract class CommittedCase extends ShopCase {

	protected function setUp(): void {
		parent::setUp();
		$GLOBALS['wpdb']->query( 'COMMIT' );
		$GLOBALS['wpdb']->query( 'SET autocommit = 1' );
	}

	protected function tearDown(): void {
		global $wpdb;
		foreach ( array( 'wc_double', 'fsa_payments_events', 'comments', 'commentmeta' ) as $table ) {
			if ( $wpdb->get_var( "SHOW TABLES LIKE '{$wpdb->prefix}{$table}'" ) ) {
				$wpdb->query( "TRUNCATE TABLE {$wpdb->prefix}{$table}" );
			}
		}
		delete_option( 'fsa_payments_settings' );
		parent::tearDown();
	}
}
