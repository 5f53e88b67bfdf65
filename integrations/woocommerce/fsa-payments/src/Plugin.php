<?php
declare(strict_types=1);

namespace FsaPayments;

defined( 'ABSPATH' ) || exit;

/** Wires the parts: each registers its own hooks. Without WooCommerce the plugin does nothing. */
final class Plugin {

	/** Parts that take the services and register hooks; one that is not there (yet) is passed over. */
	private const PARTS = array(
		Gateway\Registration::class,
		Checkout\ReturnPage::class,
		Webhooks\Receiver::class,
		Orders\Hooks::class,
		Refunds\Preview::class,
		Renewals\Renewals::class,
		Admin\ConnectScreen::class,
		Admin\Notices::class,
		Admin\StatusReport::class,
		Admin\OrderPanel::class,
		Eligibility\Eligibility::class,
	);

	/** @var Services|null */
	private static $services = null;

	public static function start(): void {
		add_action( 'before_woocommerce_init', array( self::class, 'declare_compatibility' ) );
		add_action( 'plugins_loaded', array( self::class, 'register' ), 20 );
		register_activation_hook( FSA_PAYMENTS_FILE, array( self::class, 'activate' ) );
	}

	public static function services(): Services {
		if ( null === self::$services ) {
			self::$services = new Services();
		}
		return self::$services;
	}

	/** For tests: other services, or none. */
	public static function use_services( ?Services $services ): void {
		self::$services = $services;
	}

	public static function declare_compatibility(): void {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', FSA_PAYMENTS_FILE, true );
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', FSA_PAYMENTS_FILE, true );
		}
	}

	public static function register(): void {
		if ( ! class_exists( 'WC_Payment_Gateway' ) ) {
			return;
		}
		foreach ( self::PARTS as $part ) {
			if ( class_exists( $part ) ) {
				( new $part( self::services() ) )->register();
			}
		}
		Upgrade::run_if_needed();
	}

	public static function activate(): void {
		Upgrade::run_if_needed();
	}
}
