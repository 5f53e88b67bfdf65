<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks;

defined( 'ABSPATH' ) || exit;

/**
 * One at a time per order: the database's own named lock, which is atomic and lets go by itself when a request dies. A webhook,
 * the thank-you page, a second click and a refund of the same order wait for one another.
 */
final class OrderLock {

	/** @var array<int,int> how often this request holds each order's lock */
	private static $held = array();

	/**
	 * @param callable $work what to do while holding the lock
	 * @return mixed what the work returned
	 * @throws LockBusy if another request has held it for all of the wait
	 */
	public static function run( int $order_id, callable $work, int $wait_seconds = 10 ) {
		global $wpdb;
		$name = self::name( $order_id );
		if ( empty( self::$held[ $order_id ] ) ) {
			$got = $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, %d)', $name, $wait_seconds ) );
			if ( '1' !== (string) $got ) {
				throw new LockBusy( "Order $order_id is being worked on." );
			}
			self::$held[ $order_id ] = 0;
		}
		++self::$held[ $order_id ];
		try {
			return $work();
		} finally {
			if ( 0 === --self::$held[ $order_id ] ) {
				unset( self::$held[ $order_id ] );
				$wpdb->query( $wpdb->prepare( 'DO RELEASE_LOCK(%s)', $name ) );
			}
		}
	}

	/** Named after database and table prefix as well, since locks are the whole server's. At most 64 characters. */
	public static function name( int $order_id ): string {
		global $wpdb;
		return 'fsa_payments_' . substr( md5( DB_NAME . $wpdb->prefix ), 0, 12 ) . '_' . $order_id;
	}

	/** The order as it is in the database now, not as this request read it before it had the lock. */
	public static function fresh_order( int $order_id ): ?\WC_Order {
		if ( function_exists( 'wp_cache_delete' ) ) {
			wp_cache_delete( $order_id, 'posts' );
			wp_cache_delete( $order_id, 'post_meta' );
			wp_cache_delete( 'order-items-' . $order_id, 'orders' );
		}
		if ( class_exists( \Automattic\WooCommerce\Caches\OrderCache::class ) && function_exists( 'wc_get_container' ) ) {
			try {
				wc_get_container()->get( \Automattic\WooCommerce\Caches\OrderCache::class )->remove( $order_id );
			} catch ( \Throwable $absent ) {
				unset( $absent ); // No such cache in this version: nothing is stale.
			}
		}
		$order = wc_get_order( $order_id );
		return $order instanceof \WC_Order ? $order : null;
	}
}
