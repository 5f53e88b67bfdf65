<?php
declare(strict_types=1);

namespace FsaPayments\Gateway;

use FsaPayments\Checkout\Shoppers;
use FsaPayments\Services;

defined( 'ABSPATH' ) || exit;

/** Tells WooCommerce of the gateway, for both checkouts. */
final class Registration {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_filter( 'woocommerce_payment_gateways', array( $this, 'add_gateway' ) );
		add_action( 'woocommerce_blocks_payment_method_type_registration', array( $this, 'add_blocks' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FSA_PAYMENTS_FILE ), array( $this, 'add_link' ) );
		( new Shoppers( $this->services ) )->register();
	}

	public function add_gateway( array $gateways ): array {
		$gateways[] = new Gateway( $this->services );
		return $gateways;
	}

	/** @param object $registry of the blocks' payment methods */
	public function add_blocks( $registry ): void {
		$registry->register( new BlocksSupport() );
	}

	public function add_link( array $links ): array {
		$link = '<a href="' . esc_url( self::settings_url() ) . '">' . esc_html__( 'Settings', 'fsa-payments' ) . '</a>';
		return array_merge( array( $link ), $links );
	}

	public static function settings_url(): string {
		return admin_url( 'admin.php?page=wc-settings&tab=checkout&section=' . FSA_PAYMENTS_ID );
	}
}
