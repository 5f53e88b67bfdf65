<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

use PHPUnit\Framework\TestCase;

/** One test in the shop: what it writes is rolled back, hooks that it adds are gone, and the platform answers only as it says. */
abstract class ShopCase extends TestCase {

	/** @var array<string, \WP_Hook> */
	private $hooks = array();

	protected function setUp(): void {
		global $wpdb, $wp_filter;
		parent::setUp();
		$wpdb->query( 'SET autocommit = 0' );
		$wpdb->query( 'START TRANSACTION' );
		foreach ( $wp_filter as $name => $hook ) {
			$this->hooks[ $name ] = clone $hook;
		}
		$this->forget();
	}

	protected function tearDown(): void {
		global $wpdb, $wp_filter;
		$wpdb->query( 'ROLLBACK' );
		$wpdb->query( 'SET autocommit = 1' );
		$wp_filter = $this->hooks; // phpcs:ignore -- as it was.
		$this->forget();
		parent::tearDown();
	}

	/** As between two requests: nothing is remembered outside the database. */
	protected function forget(): void {
		wp_cache_flush();
		wp_set_current_user( 0 );
		Platform::reset();
		$GLOBALS['fsa_mails'] = array();
		$_GET                 = array();
		$_POST                = array();
		if ( defined( 'FSA_WC_DOUBLE' ) ) {
			\WC_Logger::$lines            = array();
			\FSA_Scheduler::$actions      = array();
			$GLOBALS['fsa_wc_notices']    = array();
			$GLOBALS['fsa_wc_page']       = array();
			WC()->session                 = new \WC_Session();
			WC()->cart                    = new \WC_Cart();
			WC()->forget_gateways();
		}
	}

	/** A shop whose key the platform has taken, as after the connect screen. */
	protected function connect( array $more = array() ): void {
		update_option(
			'fsa_payments_settings',
			array_merge(
				array(
					'enabled'          => 'yes',
					'api_base'         => Platform::BASE,
					'secret_key'       => 'sk_test_0123456789abcdefghijklmnop',
					'webhook_endpoint' => 'we_ofthetests',
					'webhook_secret'   => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
					'webhook_url'      => home_url( '/wc-api/fsa_payments/' ),
					'account'          => array( 'id' => 'mer_ofthetests', 'name' => 'Corner Pharmacy', 'mode' => 'test', 'currency' => 'USD', 'minimum_charge_cents' => 50 ),
				),
				$more
			),
			false
		);
		if ( defined( 'FSA_WC_DOUBLE' ) ) {
			WC()->forget_gateways();
		}
	}

	/** @return string[] newest last */
	protected function notes( \WC_Order $order ): array {
		return array_reverse( array_map( static function ( $note ) { return $note->content; }, wc_get_order_notes( array( 'order_id' => $order->get_id() ) ) ) );
	}
}
