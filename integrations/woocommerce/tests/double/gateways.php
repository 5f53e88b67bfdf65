<?php
/** Settings and payment gateways. */
declare(strict_types=1);

abstract class WC_Settings_API {
	public $plugin_id   = 'woocommerce_';
	public $id          = '';
	public $errors      = array();
	public $settings    = array();
	public $form_fields = array();
	protected $data     = array();

	public function get_form_fields() {
		return apply_filters( 'woocommerce_settings_api_form_fields_' . $this->id, $this->form_fields );
	}

	public function init_form_fields() {
	}

	public function get_option_key() {
		return $this->plugin_id . $this->id . '_settings';
	}

	public function get_field_key( $key ) {
		return $this->plugin_id . $this->id . '_' . $key;
	}

	public function init_settings() {
		$stored         = get_option( $this->get_option_key(), null );
		$defaults       = array_map( static function ( $field ) { return $field['default'] ?? ''; }, $this->get_form_fields() );
		$this->settings = is_array( $stored ) ? $stored : $defaults;
	}

	public function get_option( $key, $empty_value = null ) {
		if ( ! $this->settings ) {
			$this->init_settings();
		}
		if ( ! isset( $this->settings[ $key ] ) ) {
			$this->settings[ $key ] = $this->form_fields[ $key ]['default'] ?? '';
		}
		return null !== $empty_value && '' === $this->settings[ $key ] ? $empty_value : $this->settings[ $key ];
	}

	public function update_option( $key, $value = '' ) {
		if ( ! $this->settings ) {
			$this->init_settings();
		}
		$this->settings[ $key ] = $value;
		return update_option( $this->get_option_key(), $this->settings, 'yes' );
	}

	public function add_error( $error ) {
		$this->errors[] = $error;
	}

	public function get_errors() {
		return $this->errors;
	}

	public function set_post_data( $data = array() ) {
		$this->data = $data;
	}

	public function get_post_data() {
		return $this->data ? $this->data : $_POST; // phpcs:ignore -- as WooCommerce.
	}

	public function process_admin_options() {
		$this->init_settings();
		$given = $this->get_post_data();
		foreach ( $this->get_form_fields() as $key => $field ) {
			$type = $field['type'] ?? 'text';
			if ( 'title' === $type ) {
				continue;
			}
			$value  = $given[ $this->get_field_key( $key ) ] ?? null;
			$method = is_callable( array( $this, 'validate_' . $key . '_field' ) ) ? 'validate_' . $key . '_field' : null;
			if ( $method ) {
				$this->settings[ $key ] = $this->$method( $key, $value );
			} else {
				$this->settings[ $key ] = 'checkbox' === $type ? ( null === $value ? 'no' : 'yes' ) : sanitize_text_field( wp_unslash( (string) $value ) );
			}
		}
		return update_option( $this->get_option_key(), apply_filters( 'woocommerce_settings_api_sanitized_fields_' . $this->id, $this->settings ), 'yes' );
	}

	public function generate_settings_html( $form_fields = array(), $echo = true ) {
		$html = '';
		foreach ( $form_fields ? $form_fields : $this->get_form_fields() as $key => $field ) {
			$type   = $field['type'] ?? 'text';
			$method = 'generate_' . $type . '_html';
			$html  .= method_exists( $this, $method )
				? $this->$method( $key, $field )
				: '<tr><th>' . esc_html( $field['title'] ?? '' ) . '</th><td><input name="' . esc_attr( $this->get_field_key( $key ) ) . '"></td></tr>';
		}
		if ( $echo ) {
			echo $html; // phpcs:ignore -- made above.
			return null;
		}
		return $html;
	}

	public function admin_options() {
		echo '<table class="form-table">' . $this->generate_settings_html( array(), false ) . '</table>'; // phpcs:ignore -- made above.
	}
}

abstract class WC_Payment_Gateway extends WC_Settings_API {
	public $enabled            = 'yes';
	public $title;
	public $description;
	public $chosen;
	public $method_title       = '';
	public $method_description = '';
	public $has_fields         = false;
	public $countries;
	public $availability;
	public $icon;
	public $supports           = array( 'products' );
	public $max_amount         = 0;
	public $view_transaction_url = '';
	public $order_button_text;
	public $tokens             = array();

	public function get_title() {
		return apply_filters( 'woocommerce_gateway_title', (string) $this->title, $this->id );
	}

	public function get_description() {
		return apply_filters( 'woocommerce_gateway_description', (string) $this->description, $this->id );
	}

	public function get_method_title() {
		return apply_filters( 'woocommerce_gateway_method_title', $this->method_title, $this );
	}

	public function get_method_description() {
		return apply_filters( 'woocommerce_gateway_method_description', $this->method_description, $this );
	}

	public function get_icon() {
		return apply_filters( 'woocommerce_gateway_icon', $this->icon ? '<img src="' . esc_url( $this->icon ) . '" alt="' . esc_attr( $this->get_title() ) . '" />' : '', $this->id );
	}

	public function init_settings() {
		parent::init_settings();
		$this->enabled = ! empty( $this->settings['enabled'] ) && 'yes' === $this->settings['enabled'] ? 'yes' : 'no';
	}

	public function is_available() {
		$is_available = 'yes' === $this->enabled;
		if ( WC()->cart && 0 < $this->get_order_total() && 0 < $this->max_amount && $this->max_amount < $this->get_order_total() ) {
			$is_available = false;
		}
		return $is_available;
	}

	protected function get_order_total() {
		$order_id = absint( get_query_var( 'order-pay' ) );
		if ( $order_id ) {
			$order = wc_get_order( $order_id );
			return $order ? (float) $order->get_total() : 0;
		}
		return (float) WC()->cart->total;
	}

	public function supports( $feature ) {
		return apply_filters( 'woocommerce_payment_gateway_supports', in_array( $feature, $this->supports, true ), $feature, $this );
	}

	public function can_refund_order( $order ) {
		return $order && $this->supports( 'refunds' );
	}

	public function get_return_url( $order = null ) {
		$url = $order ? $order->get_checkout_order_received_url() : wc_get_endpoint_url( 'order-received', '', wc_get_checkout_url() );
		return apply_filters( 'woocommerce_get_return_url', $url, $order );
	}

	public function get_transaction_url( $order ) {
		$id = $order->get_transaction_id();
		return apply_filters( 'woocommerce_get_transaction_url', $id && $this->view_transaction_url ? sprintf( $this->view_transaction_url, $id ) : '', $order, $this );
	}

	public function process_payment( $order_id ) {
		return array();
	}

	public function process_refund( $order_id, $amount = null, $reason = '' ) {
		return false;
	}

	public function validate_fields() {
		return true;
	}

	public function payment_fields() {
		echo wp_kses_post( wpautop( $this->get_description() ) );
	}

	public function has_fields() {
		return (bool) $this->has_fields;
	}

	public function needs_setup() {
		return false;
	}

	public function saved_payment_methods() {
	}

	public function save_payment_method_checkbox() {
	}

	public function tokenization_script() {
	}

	public function get_tokens() {
		return WC_Payment_Tokens::get_customer_tokens( get_current_user_id(), $this->id );
	}
}

class WC_Payment_Gateway_CC extends WC_Payment_Gateway {
}

final class WC_Payment_Gateways {
	public $payment_gateways = array();

	public function __construct() {
		foreach ( apply_filters( 'woocommerce_payment_gateways', array() ) as $gateway ) {
			$gateway                                  = is_string( $gateway ) ? new $gateway() : $gateway;
			$this->payment_gateways[ $gateway->id ] = $gateway;
		}
	}

	public static function instance() {
		return WC()->payment_gateways();
	}

	public function payment_gateways() {
		return $this->payment_gateways;
	}

	public function get_available_payment_gateways() {
		$available = array_filter( $this->payment_gateways, static function ( $gateway ) { return $gateway->is_available(); } );
		return apply_filters( 'woocommerce_available_payment_gateways', $available );
	}
}
