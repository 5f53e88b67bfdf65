<?php
declare(strict_types=1);

namespace FsaPayments\Gateway;

use Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType;
use FsaPayments\Plugin;

defined( 'ABSPATH' ) || exit;

/** The gateway in the block checkout. */
final class BlocksSupport extends AbstractPaymentMethodType {

	/** @var string */
	protected $name = FSA_PAYMENTS_ID;

	public function initialize() {
		$this->settings = array();
	}

	public function is_active() {
		return ( new Gateway( Plugin::services() ) )->is_available();
	}

	public function get_payment_method_script_handles() {
		wp_register_script( 'fsa-payments-blocks', plugins_url( 'assets/js/blocks.js', FSA_PAYMENTS_FILE ), array( 'wc-blocks-registry', 'wc-settings', 'wp-element', 'wp-html-entities' ), FSA_PAYMENTS_VERSION, true );
		return array( 'fsa-payments-blocks' );
	}

	public function get_payment_method_data() {
		$gateway = new Gateway( Plugin::services() );
		return array(
			'title'       => $gateway->get_title(),
			'description' => $gateway->get_description(),
			'button'      => $gateway->order_button_text,
			'supports'    => array_values( array_filter( $gateway->supports, array( $gateway, 'supports' ) ) ),
		);
	}
}
