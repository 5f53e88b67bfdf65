<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** When the sync goes on, by Action Scheduler, and that one process at a time does it. */
final class SyncClock {

	/** One step waits at a time; the one that runs now is none that waits. */
	public static function step_in( int $seconds ): void {
		self::no_step();
		if ( 0 === $seconds ) {
			as_enqueue_async_action( Sync::STEP, array(), Sync::GROUP );
		} else {
			as_schedule_single_action( time() + $seconds, Sync::STEP, array(), Sync::GROUP );
		}
	}

	public static function no_step(): void {
		as_unschedule_all_actions( Sync::STEP, array(), Sync::GROUP );
	}

	public static function changed_in( int $seconds ): void {
		if ( ! is_int( as_next_scheduled_action( Sync::CHANGED, array(), Sync::GROUP ) ) ) {
			as_schedule_single_action( time() + $seconds, Sync::CHANGED, array(), Sync::GROUP );
		}
	}

	/** The database lets go when the process dies. */
	public static function lock(): bool {
		global $wpdb;
		return '1' === (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', self::lock_name() ) );
	}

	public static function unlock(): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', self::lock_name() ) );
	}

	private static function lock_name(): string {
		global $wpdb;
		return 'fsa_sync_' . md5( DB_NAME . $wpdb->prefix );
	}
}
