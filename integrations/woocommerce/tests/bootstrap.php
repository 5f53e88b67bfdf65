<?php
/**
 * Boots the WordPress that FSA_TEST_ROOT names: the one made for this run, with the double, or a real shop with the real WooCommerce.
 */
declare(strict_types=1);

$fsa_root = (string) getenv( 'FSA_TEST_ROOT' );
if ( ! is_file( $fsa_root . '/wp-load.php' ) ) {
	fwrite( STDERR, "Run these tests by: python integrations/woocommerce/run_tests.py\n" );
	exit( 2 );
}

// WordPress was written to be loaded in the outermost scope; PHPUnit loads this file within a function.
global $wpdb, $wp, $wp_query, $wp_the_query, $wp_rewrite, $wp_filter, $wp_actions, $wp_roles, $wp_locale, $wp_locale_switcher,
	$wp_widget_factory, $wp_embed, $wp_object_cache, $wp_version, $table_prefix, $blog_id, $current_user, $wp_plugin_paths,
	$wp_taxonomies, $wp_post_types, $wp_post_statuses, $allowedposttags, $allowedtags, $shortcode_tags, $woocommerce;

$_SERVER['HTTP_HOST']       = 'shop.example.test';
$_SERVER['SERVER_NAME']     = 'shop.example.test';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['REMOTE_ADDR']     = '203.0.113.7';
$PHP_SELF                   = '/index.php';
$_SERVER['PHP_SELF']        = '/index.php';

require $fsa_root . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once __DIR__ . '/support/must-use.php'; // a real shop has not loaded it: its mails and calls stay in as well

foreach ( array( 'Platform', 'ShopCase', 'CommittedCase', 'SaleCase', 'Baskets', 'Catalogue' ) as $fsa_class ) {
	require_once __DIR__ . '/support/' . $fsa_class . '.php';
}
if ( ! class_exists( 'WC_Subscriptions_Cart' ) ) {
	require_once __DIR__ . '/double/subscriptions.php';
}
