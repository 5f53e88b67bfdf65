<?php
/** The shopper's session, cart and customer. */
declare(strict_types=1);

final class WC_Session {
	private $values = array();

	public function get( $key, $default_value = null ) {
		return $this->values[ $key ] ?? $default_value;
	}

	public function set( $key, $value ) {
		$this->values[ $key ] = $value;
	}

	public function __unset( $key ) {
		unset( $this->values[ $key ] );
	}

	public function has_session() {
		return true;
	}

	public function get_customer_id() {
		return 't_of_a_test';
	}
}

final class WC_Cart {
	public $cart_contents = array();
	public $total         = 0;
	private $fees         = array();
	private $totals       = array( 'shipping' => 0.0, 'shipping_tax' => 0.0, 'discount' => 0.0 );

	public function add_to_cart( $product_id = 0, $quantity = 1, $variation_id = 0, $variation = array(), $cart_item_data = array() ) {
		$key     = md5( $product_id . '-' . $variation_id );
		$product = wc_get_product( $variation_id ? $variation_id : $product_id );
		$total   = (float) $product->get_price() * $quantity;
		$this->cart_contents[ $key ] = array( 'key' => $key, 'product_id' => $product_id, 'variation_id' => $variation_id, 'variation' => $variation, 'quantity' => $quantity,
			'data' => $product, 'line_total' => $total, 'line_subtotal' => $total, 'line_tax' => 0.0, 'line_subtotal_tax' => 0.0 );
		$this->calculate_totals();
		return $key;
	}

	public function calculate_totals() {
		$this->total = array_sum( array_column( $this->cart_contents, 'line_total' ) ) + array_sum( array_column( $this->cart_contents, 'line_tax' ) ) + $this->totals['shipping'] + $this->totals['shipping_tax'];
	}

	public function get_cart() {
		return $this->cart_contents;
	}

	public function get_cart_contents() {
		return $this->cart_contents;
	}

	public function get_cart_contents_count() {
		return array_sum( array_column( $this->cart_contents, 'quantity' ) );
	}

	public function get_cart_hash() {
		return $this->cart_contents ? md5( (string) wp_json_encode( array_map( static function ( $line ) { unset( $line['data'] ); return $line; }, $this->cart_contents ) ) . $this->total ) : '';
	}

	public function is_empty() {
		return ! $this->cart_contents;
	}

	public function empty_cart( $clear_persistent_cart = true ) {
		$this->cart_contents = array();
		$this->calculate_totals();
	}

	public function get_total( $context = 'view' ) {
		return 'view' === $context ? wc_price( $this->total ) : $this->total;
	}

	public function get_shipping_total() {
		return $this->totals['shipping'];
	}

	public function set_shipping_total( $value ) {
		$this->totals['shipping'] = (float) $value;
	}

	public function get_shipping_tax() {
		return $this->totals['shipping_tax'];
	}

	public function get_discount_total() {
		return $this->totals['discount'];
	}

	public function get_fees() {
		return $this->fees;
	}

	public function get_fee_total() {
		return array_sum( array_column( $this->fees, 'total' ) );
	}

	public function get_fee_tax() {
		return 0.0;
	}

	public function needs_payment() {
		return $this->total > 0;
	}
}

final class WC_Customer {
	private $id = 0;

	public function get_id() {
		return $this->id ? $this->id : get_current_user_id();
	}

	public function get_billing_country() {
		return 'US';
	}
}

final class WC_Countries {
	public function get_base_country() {
		return 'US';
	}
}
