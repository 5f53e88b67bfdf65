<?php
/** The server's side of the Cart and Checkout blocks. Their JavaScript is seen only in a real shop. */
declare(strict_types=1);

namespace Automattic\WooCommerce\Blocks\Payments\Integrations {

	abstract class AbstractPaymentMethodType {
		protected $name     = '';
		protected $settings = array();

		public function get_name() {
			return $this->name;
		}

		protected function get_setting( $name, $default_value = '' ) {
			return $this->settings[ $name ] ?? $default_value;
		}

		public function is_active() {
			return true;
		}

		public function get_payment_method_script_handles() {
			return array();
		}

		public function get_payment_method_script_handles_for_admin() {
			return $this->get_payment_method_script_handles();
		}

		public function get_supported_features() {
			return array( 'products' );
		}

		public function get_payment_method_data() {
			return array();
		}

		abstract public function initialize();
	}
}

namespace Automattic\WooCommerce\Blocks\Payments {

	final class PaymentMethodRegistry {
		public $registered = array();

		public function register( $integration ) {
			$this->registered[ $integration->get_name() ] = $integration;
			$integration->initialize();
			return true;
		}

		public function get_all_registered() {
			return $this->registered;
		}
	}
}

namespace Automattic\WooCommerce\Blocks\Integrations {

	interface IntegrationInterface {
		public function get_name();
		public function initialize();
		public function get_script_handles();
		public function get_editor_script_handles();
		public function get_script_data();
	}
}

namespace Automattic\WooCommerce\StoreApi\Schemas\V1 {

	final class CartSchema {
		const IDENTIFIER = 'cart';
	}

	final class CartItemSchema {
		const IDENTIFIER = 'cart-item';
	}

	final class ProductSchema {
		const IDENTIFIER = 'product';
	}
}

namespace {

	/** endpoint => namespace => arguments. */
	$GLOBALS['fsa_wc_store_api'] = array();

	function woocommerce_store_api_register_endpoint_data( $args ) {
		$GLOBALS['fsa_wc_store_api'][ $args['endpoint'] ][ $args['namespace'] ] = $args;
		return true;
	}

	function woocommerce_store_api_register_update_callback( $args ) {
		$GLOBALS['fsa_wc_store_api']['update'][ $args['namespace'] ] = $args;
	}
}
