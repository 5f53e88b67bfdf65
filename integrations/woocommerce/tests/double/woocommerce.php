<?php
/**
 * A hand-written double of the parts of WooCommerce that the plugin touches; stored in the database, so that only what was saved is
 * there after a reload. `contract/` runs the same tests on this and on the real WooCommerce: a difference is a bug in here.
 */
declare(strict_types=1);

define( 'WC_VERSION', '11.0.1' );
define( 'WC_PLUGIN_FILE', WP_PLUGIN_DIR . '/woocommerce/woocommerce.php' );
define( 'FSA_WC_DOUBLE', true );

foreach ( array( 'store', 'data', 'items', 'orders', 'products', 'gateways', 'tokens', 'utilities', 'blocks', 'scheduler', 'session', 'functions' ) as $fsa_part ) {
	require_once __DIR__ . '/' . $fsa_part . '.php';
}

/** What WC() answers. */
final class WooCommerce {
	public $version = WC_VERSION;
	public $session;
	public $cart;
	public $customer;
	public $countries;
	private $gateways;

	public function __construct() {
		$this->session   = new WC_Session();
		$this->cart      = new WC_Cart();
		$this->customer  = new WC_Customer();
		$this->countries = new WC_Countries();
	}

	public function payment_gateways(): WC_Payment_Gateways {
		if ( null === $this->gateways ) {
			$this->gateways = new WC_Payment_Gateways();
		}
		return $this->gateways;
	}

	/** Forgets the gateways, as a new request would. */
	public function forget_gateways(): void {
		$this->gateways = null;
	}

	public function api_request_url( $request, $ssl = null ) {
		return home_url( '/wc-api/' . $request . '/', $ssl ? 'https' : null );
	}

	public function plugin_url() {
		return plugins_url( '', WC_PLUGIN_FILE );
	}

	public function plugin_path() {
		return dirname( WC_PLUGIN_FILE );
	}

	public function is_rest_api_request() {
		return defined( 'REST_REQUEST' ) && REST_REQUEST;
	}

	public function mailer() {
		return new WC_Emails();
	}
}

final class WC_Emails {
	public $emails = array();

	public function get_emails() {
		return $this->emails;
	}
}

function WC() { // phpcs:ignore WordPress.NamingConventions -- its name.
	static $woocommerce = null;
	if ( null === $woocommerce ) {
		$woocommerce = new WooCommerce();
	}
	return $woocommerce;
}

$GLOBALS['woocommerce'] = WC();

add_action(
	'plugins_loaded',
	static function () {
		do_action( 'woocommerce_loaded' );
		do_action( 'woocommerce_blocks_loaded' );
	},
	-1
);
add_action(
	'init',
	static function () {
		do_action( 'before_woocommerce_init' );
		register_post_type( 'product', array( 'public' => true, 'supports' => array( 'title', 'editor', 'thumbnail' ), 'show_ui' => true ) );
		register_post_type( 'product_variation', array( 'public' => false ) );
		register_taxonomy( 'product_cat', 'product', array( 'hierarchical' => true ) );
		register_taxonomy( 'product_type', 'product', array( 'public' => false ) );
		register_taxonomy( 'product_brand', 'product', array( 'hierarchical' => true ) );
		do_action( 'woocommerce_after_register_post_type' );
		do_action( 'woocommerce_init' );
	},
	0
);
add_action(
	'parse_request',
	static function ( $wp ) {
		$name = isset( $_GET['wc-api'] ) ? sanitize_key( wp_unslash( $_GET['wc-api'] ) ) : '';
		if ( '' === $name && preg_match( '#^wc-api/([^/]+)/?$#', (string) $wp->request, $match ) ) {
			$name = strtolower( $match[1] );
		}
		if ( '' !== $name ) {
			nocache_headers();
			do_action( 'woocommerce_api_request', $name );
			status_header( has_action( 'woocommerce_api_' . $name ) ? 200 : 400 );
			do_action( 'woocommerce_api_' . $name );
			exit( '-1' );
		}
	}
);
FSA_WC_Store::make_table();
