<?php
/**
 * php inside.php <root> <deed> <json>: a deed within the shop, as its owner. Answers JSON on the last line.
 */
declare(strict_types=1);

$_SERVER['HTTP_HOST']       = (string) parse_url( (string) getenv( 'FSA_SHOP_URL' ), PHP_URL_HOST ) . ':' . parse_url( (string) getenv( 'FSA_SHOP_URL' ), PHP_URL_PORT );
$_SERVER['REQUEST_METHOD']  = 'GET';
$_SERVER['REQUEST_URI']     = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require $argv[1] . '/wp-load.php';
add_filter( 'pre_wp_mail', '__return_true' );
wp_set_current_user( (int) get_users( array( 'role' => 'administrator', 'number' => 1, 'fields' => 'ID' ) )[0] );

use FsaPayments\Admin\Connection;
use FsaPayments\Plugin;

$given = json_decode( $argv[3] ?? '{}', true );
$deeds = array(
	'prepare' => static function ( array $given ): array {
		$before = array( 'settings' => get_option( 'fsa_payments_settings', array() ), 'bacs' => get_option( 'woocommerce_bacs_settings', array() ) );
		delete_option( 'fsa_payments_settings' );
		update_option( 'woocommerce_bacs_settings', array( 'enabled' => 'yes', 'title' => 'Direct bank transfer' ) );
		delete_transient( 'fsa_payments_failures' );
		$told = ( new Connection( Plugin::services() ) )->connect( $given['secret_key'] );
		$made = array();
		foreach ( $given['products'] as $sku => $row ) {
			$product = new WC_Product_Simple();
			$product->set_name( $row['name'] );
			$product->set_regular_price( $row['price'] );
			$product->set_sku( $sku . '-' . uniqid() );
			$product->save();
			$made[ $sku ] = $product->get_id();
		}
		$page = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => 'Acceptance', 'post_name' => 'acceptance-classic-checkout', 'post_content' => '[woocommerce_checkout]' ) );
		return array( 'before' => $before, 'told' => $told, 'products' => $made, 'page' => $page, 'classic' => get_permalink( $page ), 'settings' => get_option( 'fsa_payments_settings' ), 'wc' => WC_VERSION );
	},
	'restore' => static function ( array $given ): array {
		( new Connection( Plugin::services() ) )->disconnect();
		update_option( 'fsa_payments_settings', $given['before']['settings'], false );
		update_option( 'woocommerce_bacs_settings', $given['before']['bacs'] );
		foreach ( $given['products'] as $id ) {
			wp_delete_post( $id, true );
		}
		wp_delete_post( $given['page'], true );
		return array();
	},
	'order'   => static function ( array $given ): array {
		$order = wc_get_order( $given['id'] );
		$notes = array_column( array_map( 'get_object_vars', wc_get_order_notes( array( 'order_id' => $order->get_id() ) ) ), 'content' );
		return array( 'id' => $order->get_id(), 'status' => $order->get_status(), 'total' => $order->get_total(), 'transaction' => $order->get_transaction_id(), 'session' => $order->get_meta( '_fsa_payments_session' ),
			'payment' => $order->get_meta( '_fsa_payments_payment' ), 'notes' => array_reverse( $notes ), 'refunded' => (float) $order->get_total_refunded(), 'lines' => array_keys( $order->get_items() ), 'key' => $order->get_order_key() );
	},
	'newest'  => static function (): array {
		return array( 'id' => wc_get_orders( array( 'limit' => 1, 'type' => 'shop_order', 'return' => 'ids' ) )[0] );
	},
	'cancel'  => static function ( array $given ): array {
		wc_get_order( $given['id'] )->update_status( 'cancelled' );
		return array();
	},
	'recover' => static function (): array {
		delete_transient( 'fsa_payments_failures' ); // The half minute in which nobody is asked is over.
		return array();
	},
	'refund'  => static function ( array $given ): array {
		$order  = wc_get_order( $given['id'] );
		$item   = $order->get_item( $given['line'] );
		$taxes  = array_map( static function ( $tax ) use ( $item, $given ) { return round( (float) $tax / $item->get_quantity() * $given['quantity'], 2 ); }, $item->get_taxes()['total'] );
		$total  = round( (float) $item->get_total() / $item->get_quantity() * $given['quantity'], 2 );
		$refund = wc_create_refund( array( 'order_id' => $order->get_id(), 'amount' => (string) ( $total + array_sum( $taxes ) ), 'reason' => 'broken', 'refund_payment' => true,
			'line_items' => array( $given['line'] => array( 'qty' => $given['quantity'], 'refund_total' => (string) $total, 'refund_tax' => $taxes ) ) ) );
		return is_wp_error( $refund ) ? array( 'error' => $refund->get_error_message() ) : array( 'amount' => $refund->get_amount(), 'refund' => $refund->get_meta( '_fsa_payments_refund' ) );
	},
);
echo "\n" . wp_json_encode( $deeds[ $argv[2] ]( $given ) );
