<?php
/**
 * The plugin is deleted: its options, its table and its schedule go. What stands with orders stays: it is the shop's record of who paid
 * what, and refunds need it.
 *
 * @package FsaPayments
 */

declare(strict_types=1);

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** Takes the webhook's endpoint away at the platform, so that it does not go on calling an address that nobody answers. */
function fsa_payments_remove_endpoint(): void {
	$settings = get_option( 'fsa_payments_settings', array() );
	$key      = defined( 'FSA_PAYMENTS_SECRET_KEY' ) ? (string) constant( 'FSA_PAYMENTS_SECRET_KEY' ) : (string) ( $settings['secret_key'] ?? '' );
	$base     = defined( 'FSA_PAYMENTS_API_BASE' ) ? (string) constant( 'FSA_PAYMENTS_API_BASE' ) : (string) ( $settings['api_base'] ?? '' );
	$base     = '' !== $base ? $base : 'https://api.fsa-platform.example'; // As Settings::DEFAULT_BASE, which is not loaded here.
	$endpoint = (string) ( $settings['webhook_endpoint'] ?? '' );
	$host     = (string) wp_parse_url( (string) ( $settings['webhook_url'] ?? '' ), PHP_URL_HOST );
	if ( '' === $key || '' === $endpoint || '' === $base || wp_parse_url( home_url(), PHP_URL_HOST ) !== $host ) {
		return; // Not connected, or a copy of the shop whose endpoint is the original's.
	}
	wp_remote_request(
		untrailingslashit( $base ) . '/v1/webhook_endpoints/' . rawurlencode( $endpoint ),
		array(
			'method'  => 'DELETE',
			'timeout' => 8,
			'headers' => array( 'Authorization' => "Bearer $key" ),
		)
	);
}

/** Everything of this site that is the plugin's own. */
function fsa_payments_uninstall(): void {
	global $wpdb;
	fsa_payments_remove_endpoint();
	if ( function_exists( 'as_unschedule_all_actions' ) ) {
		as_unschedule_all_actions( '', array(), 'fsa-payments' );
	}
	// phpcs:disable WordPress.DB.DirectDatabaseQuery -- the plugin's own options, table and products' caches.
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s OR option_name LIKE %s OR option_name LIKE %s", $wpdb->esc_like( 'fsa_payments_' ) . '%', $wpdb->esc_like( '_transient_fsa_payments_' ) . '%', $wpdb->esc_like( '_transient_timeout_fsa_payments_' ) . '%' ) );
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}fsa_payments_events" );
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->postmeta} WHERE meta_key IN (%s, %s, %s, %s, %s, %s)", '_fsa_payments_product', '_fsa_payments_verdict', '_fsa_payments_eligibility', '_fsa_payments_sku', '_fsa_payments_synced_hash', '_fsa_payments_changed' ) );
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->usermeta} WHERE meta_key LIKE %s", $wpdb->esc_like( '_fsa_payments_' ) . '%' ) );
	// phpcs:enable
	wp_cache_flush();
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $fsa_payments_site ) {
		switch_to_blog( (int) $fsa_payments_site );
		fsa_payments_uninstall();
		restore_current_blog();
	}
} else {
	fsa_payments_uninstall();
}
