<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks;

defined( 'ABSPATH' ) || exit;

/**
 * Events that came, each once: its id is the table's key, so of eight deliveries of one message at once one wins the row. A row
 * says whether it was handled; one that was not (its request died) may be taken again by the platform's next attempt.
 */
final class Inbox {

	private const TAKEN_FOR = 60;

	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'fsa_payments_events';
	}

	public static function create_table(): void {
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table   = self::table();
		$charset = $wpdb->get_charset_collate();
		dbDelta(
			"CREATE TABLE $table (
			event_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
			type varchar(64) NOT NULL DEFAULT '',
			taken_at bigint(20) unsigned NOT NULL DEFAULT 0,
			handled_at bigint(20) unsigned NOT NULL DEFAULT 0,
			PRIMARY KEY  (event_id),
			KEY handled_at (handled_at)
			) $charset;"
		);
	}

	/** True for whom the event is to handle: nobody has, and nobody is at it. */
	public function take( string $event_id, string $type ): bool {
		global $wpdb;
		$now   = time();
		$table = self::table();
		// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the table's name is ours.
		$made = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $table (event_id, type, taken_at, handled_at) VALUES (%s, %s, %d, 0)", $event_id, $type, $now ) );
		if ( 1 === $made ) {
			return true;
		}
		return 1 === $wpdb->query( $wpdb->prepare( "UPDATE $table SET taken_at = %d WHERE event_id = %s AND handled_at = 0 AND taken_at < %d", $now, $event_id, $now - self::TAKEN_FOR ) );
		// phpcs:enable
	}

	public function is_handled( string $event_id ): bool {
		global $wpdb;
		$table = self::table();
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the table's name is ours.
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT handled_at FROM $table WHERE event_id = %s", $event_id ) ) > 0;
	}

	public function handled( string $event_id ): void {
		global $wpdb;
		$wpdb->update( self::table(), array( 'handled_at' => time() ), array( 'event_id' => $event_id ) );
	}

	/** The event could not be handled: its next delivery is to try again. */
	public function give_back( string $event_id ): void {
		global $wpdb;
		$wpdb->delete( self::table(), array( 'event_id' => $event_id, 'handled_at' => 0 ) );
	}

	/** The platform repeats for three days and can be asked to send a month again; older rows serve nobody. */
	public function forget_old(): void {
		global $wpdb;
		$table = self::table();
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the table's name is ours.
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE taken_at < %d LIMIT 5000", time() - 90 * DAY_IN_SECONDS ) );
	}

	/** When the last event was handled; 0 if none ever was. */
	public function last_handled_at(): int {
		global $wpdb;
		$table = self::table();
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the table's name is ours.
		return (int) $wpdb->get_var( "SELECT MAX(handled_at) FROM $table" );
	}
}
