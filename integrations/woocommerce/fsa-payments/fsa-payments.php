<?php
/**
 * Plugin Name: FSA/HSA Payments
 * Description: Take FSA and HSA cards in WooCommerce: every item is judged, the order is split to the cent over benefit and ordinary cards.
 * Version: 1.0.0
 * Requires at least: 6.7
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 9.5
 * WC tested up to: 11.0
 * Author: FSA platform
 * License: GPL-2.0-or-later
 * License URI: https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain: fsa-payments
 * Domain Path: /languages
 *
 * @package FsaPayments
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || exit;

define( 'FSA_PAYMENTS_VERSION', '1.0.0' );
define( 'FSA_PAYMENTS_FILE', __FILE__ );
define( 'FSA_PAYMENTS_DIR', __DIR__ );
define( 'FSA_PAYMENTS_ID', 'fsa_payments' );

spl_autoload_register(
	static function ( string $name ): void {
		if ( 0 !== strpos( $name, 'FsaPayments\\' ) ) {
			return;
		}
		$file = FSA_PAYMENTS_DIR . '/src/' . str_replace( '\\', '/', substr( $name, strlen( 'FsaPayments\\' ) ) ) . '.php';
		if ( is_file( $file ) ) {
			require_once $file;
		}
	}
);

FsaPayments\Plugin::start();
