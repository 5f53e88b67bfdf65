<?php
/**
 * php install.php <root>: an empty shop, both plugins active.
 */
declare(strict_types=1);

define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST']       = 'shop.example.test';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['PHP_SELF']        = '/index.php';

/** The welcome mail of WordPress goes nowhere. */
function wp_new_blog_notification() {}

require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'Corner Pharmacy', 'owner', 'owner@shop.example.test', true, '', 'owner' );
update_option( 'siteurl', 'http://shop.example.test' );
update_option( 'home', 'http://shop.example.test' );
update_option( 'permalink_structure', '/%postname%/' );
update_option( 'template', 'plain' );
update_option( 'stylesheet', 'plain' );
update_option( 'timezone_string', 'America/New_York' );
update_option( 'woocommerce_currency', 'USD' );
update_option( 'active_plugins', array( 'woocommerce/woocommerce.php', 'fsa-payments/fsa-payments.php' ) );
foreach ( array( 'cart' => 'Cart', 'checkout' => 'Checkout', 'shop' => 'Shop', 'myaccount' => 'My account' ) as $slug => $title ) {
	$page = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => $title, 'post_name' => $slug ) );
	update_option( 'woocommerce_' . $slug . '_page_id', $page );
}
