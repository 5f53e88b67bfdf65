<?php
/** Orders and refunds. */
declare(strict_types=1);

abstract class WC_Abstract_Order extends WC_Data {
	protected $kind        = 'shop_order';
	protected $object_type = 'order';
	/** group of items => array( id or 'new:n' => item ); null: not read yet. */
	protected $items = null;
	protected $data  = array(
		'parent_id'          => 0,
		'status'             => '',
		'currency'           => '',
		'prices_include_tax' => false,
		'date_created'       => null,
		'discount_total'     => '0',
		'discount_tax'       => '0',
		'shipping_total'     => '0',
		'shipping_tax'       => '0',
		'cart_tax'           => '0',
		'total'              => '0',
		'total_tax'          => '0',
	);

	public function __construct( $order = 0 ) {
		$id = is_object( $order ) ? $order->get_id() : (int) $order;
		if ( $id && ! $this->read( $id, array( $this->kind ) ) ) {
			throw new Exception( 'Invalid order.' );
		}
	}

	public function get_type() {
		return $this->kind;
	}

	public function get_parent_id( $context = 'view' ) {
		return $this->data['parent_id'];
	}

	public function set_parent_id( $id ) {
		$this->data['parent_id'] = absint( $id );
	}

	public function get_currency( $context = 'view' ) {
		return $this->data['currency'] ? $this->data['currency'] : get_woocommerce_currency();
	}

	public function set_currency( $value ) {
		$this->data['currency'] = $value;
	}

	public function get_prices_include_tax( $context = 'view' ) {
		return $this->data['prices_include_tax'];
	}

	public function set_prices_include_tax( $value ) {
		$this->data['prices_include_tax'] = (bool) $value;
	}

	public function get_date_created( $context = 'view' ) {
		return FSA_WC_Time::of( $this->data['date_created'] );
	}

	public function set_date_created( $date = null ) {
		$this->data['date_created'] = FSA_WC_Time::seconds( $date );
	}

	public function get_discount_total( $context = 'view' ) {
		return $this->get_prop( 'discount_total', $context );
	}

	public function set_discount_total( $value ) {
		$this->set_prop( 'discount_total', wc_format_decimal( $value ) );
	}

	public function get_discount_tax( $context = 'view' ) {
		return $this->get_prop( 'discount_tax', $context );
	}

	public function set_discount_tax( $value ) {
		$this->set_prop( 'discount_tax', wc_format_decimal( $value ) );
	}

	public function get_shipping_total( $context = 'view' ) {
		return $this->get_prop( 'shipping_total', $context );
	}

	public function set_shipping_total( $value ) {
		$this->set_prop( 'shipping_total', wc_format_decimal( $value ) );
	}

	public function get_shipping_tax( $context = 'view' ) {
		return $this->get_prop( 'shipping_tax', $context );
	}

	public function set_shipping_tax( $value ) {
		$this->set_prop( 'shipping_tax', wc_format_decimal( $value ) );
		$this->sum_taxes();
	}

	public function get_cart_tax( $context = 'view' ) {
		return $this->get_prop( 'cart_tax', $context );
	}

	public function set_cart_tax( $value ) {
		$this->set_prop( 'cart_tax', wc_format_decimal( $value ) );
		$this->sum_taxes();
	}

	private function sum_taxes() {
		$this->data['total_tax'] = wc_format_decimal( (float) $this->data['cart_tax'] + (float) $this->data['shipping_tax'] );
	}

	public function get_total( $context = 'view' ) {
		return $this->get_prop( 'total', $context );
	}

	public function set_total( $value, $deprecated = '' ) {
		$this->set_prop( 'total', wc_format_decimal( $value, wc_get_price_decimals() ) );
	}

	public function get_total_tax( $context = 'view' ) {
		return $this->get_prop( 'total_tax', $context );
	}

	public function get_total_discount( $ex_tax = true ) {
		return $ex_tax ? (float) $this->get_discount_total() : (float) $this->get_discount_total() + (float) $this->get_discount_tax();
	}

	public function get_subtotal() {
		return array_sum( array_map( static function ( $item ) { return (float) $item->get_subtotal(); }, $this->get_items() ) );
	}

	public function get_total_fees() {
		return array_sum( array_map( static function ( $item ) { return (float) $item->get_total(); }, $this->get_fees() ) );
	}

	public function get_status( $context = 'view' ) {
		$status = $this->get_prop( 'status', $context );
		return '' === $status && 'view' === $context ? 'pending' : $status;
	}

	public function has_status( $status ) {
		return in_array( $this->get_status(), (array) $status, true );
	}

	public function set_status( $new_status ) {
		$from                 = $this->get_status();
		$to                   = preg_replace( '/^wc-/', '', $new_status );
		$this->data['status'] = $to;
		return array( 'from' => $from, 'to' => $to );
	}

	// Items.

	protected function read_items(): void {
		if ( null !== $this->items ) {
			return;
		}
		$this->items = array();
		if ( ! $this->id ) {
			return;
		}
		foreach ( array( 'line_item' => 'Product', 'fee' => 'Fee', 'shipping' => 'Shipping', 'coupon' => 'Coupon', 'tax' => 'Tax' ) as $kind => $name ) {
			foreach ( FSA_WC_Store::ids( $kind, $this->id ) as $id ) {
				$class                       = 'WC_Order_Item_' . $name;
				$this->items[ $kind ][ $id ] = new $class( $id );
			}
		}
	}

	public function get_items( $types = 'line_item' ) {
		$this->read_items();
		$found = array();
		foreach ( array_filter( (array) $types ) as $type ) {
			$found += $this->items[ $type ] ?? array();
		}
		return apply_filters( 'woocommerce_order_get_items', $found, $this, $types );
	}

	public function get_item( $item_id, $load_from_db = true ) {
		$this->read_items();
		foreach ( $this->items as $group ) {
			if ( isset( $group[ $item_id ] ) ) {
				return $group[ $item_id ];
			}
		}
		return false;
	}

	public function add_item( $item ) {
		$this->read_items();
		$item->set_order_id( $this->id );
		if ( $item->get_id() ) {
			$this->items[ $item->get_type() ][ $item->get_id() ] = $item;
		} else {
			$this->items[ $item->get_type() ][ 'new:' . count( $this->items[ $item->get_type() ] ?? array() ) ] = $item;
		}
	}

	public function remove_item( $item_id ) {
		$item = $this->get_item( $item_id );
		if ( ! $item ) {
			return false;
		}
		unset( $this->items[ $item->get_type() ][ $item_id ] );
		$item->delete();
	}

	public function add_product( $product, $qty = 1, $args = array() ) {
		$item = new WC_Order_Item_Product();
		$item->set_product( $product );
		$item->set_quantity( $qty );
		$item->set_subtotal( $args['subtotal'] ?? (float) $product->get_price() * $qty );
		$item->set_total( $args['total'] ?? (float) $product->get_price() * $qty );
		$item->set_order_id( $this->id );
		$item->save();
		$this->add_item( $item );
		return $item->get_id();
	}

	public function get_item_count( $type = 'line_item' ) {
		return array_sum( array_map( static function ( $item ) { return $item->get_quantity(); }, $this->get_items( $type ) ) );
	}

	public function get_fees() {
		return $this->get_items( 'fee' );
	}

	public function get_shipping_methods() {
		return $this->get_items( 'shipping' );
	}

	public function get_coupons() {
		return $this->get_items( 'coupon' );
	}

	public function get_coupon_codes() {
		return array_values( array_map( static function ( $item ) { return $item->get_code(); }, $this->get_coupons() ) );
	}

	public function get_item_total( $item, $inc_tax = false, $round = true ) {
		$total = $item->get_quantity() ? ( (float) $item->get_total() + ( $inc_tax ? (float) $item->get_total_tax() : 0 ) ) / $item->get_quantity() : 0;
		return $round ? round( $total, wc_get_price_decimals() ) : $total;
	}

	public function get_line_total( $item, $inc_tax = false, $round = true ) {
		$total = (float) $item->get_total() + ( $inc_tax ? (float) $item->get_total_tax() : 0 );
		return $round ? round( $total, wc_get_price_decimals() ) : $total;
	}

	public function get_line_subtotal( $item, $inc_tax = false, $round = true ) {
		$total = (float) $item->get_subtotal() + ( $inc_tax ? (float) $item->get_subtotal_tax() : 0 );
		return $round ? round( $total, wc_get_price_decimals() ) : $total;
	}

	public function get_line_tax( $item ) {
		return $item->get_total_tax();
	}

	protected function write(): void {
		if ( null === $this->data['date_created'] ) {
			$this->data['date_created'] = time();
		}
		$this->id = FSA_WC_Store::write( $this->id, $this->kind, (int) $this->data['parent_id'], $this->data, $this->meta_data );
		if ( null === $this->items ) {
			return;
		}
		foreach ( $this->items as $group => $items ) {
			$saved = array();
			foreach ( $items as $item ) {
				$item->set_order_id( $this->id );
				$saved[ $item->save() ] = $item;
			}
			$this->items[ $group ] = $saved;
		}
	}

	public function delete( $force_delete = false ) {
		do_action( 'woocommerce_before_delete_order', $this->id, $this );
		FSA_WC_Store::erase( $this->id );
		$this->id = 0;
		return true;
	}
}

class WC_Order extends WC_Abstract_Order {
	private $transition = null;

	public function __construct( $order = 0 ) {
		$this->data = array_merge(
			$this->data,
			array( 'customer_id' => 0, 'order_key' => '', 'payment_method' => '', 'payment_method_title' => '', 'transaction_id' => '', 'date_paid' => null,
				'date_completed' => null, 'created_via' => '', 'cart_hash' => '', 'customer_note' => '', 'billing' => array(), 'shipping' => array() )
		);
		parent::__construct( $order );
	}

	/** Getters and setters of plain properties, addresses too. */
	public function __call( $name, $arguments ) {
		if ( preg_match( '/^(get|set)_(billing|shipping)_(first_name|last_name|company|address_1|address_2|city|state|postcode|country|email|phone)$/', $name, $m ) ) {
			if ( 'set' === $m[1] ) {
				$this->data[ $m[2] ][ $m[3] ] = (string) $arguments[0];
				return null;
			}
			return $this->data[ $m[2] ][ $m[3] ] ?? '';
		}
		if ( preg_match( '/^(get|set)_(customer_id|order_key|payment_method|payment_method_title|transaction_id|created_via|cart_hash|customer_note)$/', $name, $m ) ) {
			if ( 'set' === $m[1] ) {
				$this->data[ $m[2] ] = $arguments[0];
				return null;
			}
			return $this->get_prop( $m[2], $arguments[0] ?? 'view' );
		}
		throw new BadMethodCallException( 'The double has no WC_Order::' . $name . '(). Write it, with a contract test.' );
	}

	public function get_user_id( $context = 'view' ) {
		return $this->get_customer_id( $context );
	}

	public function get_user() {
		return $this->get_customer_id() ? get_user_by( 'id', $this->get_customer_id() ) : false;
	}

	public function set_payment_method( $gateway = '' ) {
		$this->data['payment_method'] = is_object( $gateway ) ? $gateway->id : $gateway;
		if ( is_object( $gateway ) ) {
			$this->data['payment_method_title'] = $gateway->get_title();
		}
	}

	public function get_order_number() {
		return (string) apply_filters( 'woocommerce_order_number', $this->id, $this );
	}

	public function get_formatted_billing_full_name() {
		return trim( $this->get_billing_first_name() . ' ' . $this->get_billing_last_name() );
	}

	public function get_date_paid( $context = 'view' ) {
		return FSA_WC_Time::of( $this->data['date_paid'] );
	}

	public function set_date_paid( $date = null ) {
		$this->data['date_paid'] = FSA_WC_Time::seconds( $date );
	}

	public function get_date_completed( $context = 'view' ) {
		return FSA_WC_Time::of( $this->data['date_completed'] );
	}

	public function key_is_valid( $key ) {
		return hash_equals( $this->get_order_key(), (string) $key );
	}

	public function is_paid() {
		return apply_filters( 'woocommerce_order_is_paid', $this->has_status( wc_get_is_paid_statuses() ), $this );
	}

	public function needs_payment() {
		$valid = apply_filters( 'woocommerce_valid_order_statuses_for_payment', array( 'pending', 'failed' ), $this );
		return apply_filters( 'woocommerce_order_needs_payment', $this->has_status( $valid ) && $this->get_total() > 0, $this, $valid );
	}

	public function is_editable() {
		return apply_filters( 'wc_order_is_editable', $this->has_status( array( 'pending', 'on-hold', 'auto-draft', 'failed' ) ), $this );
	}

	public function needs_processing() {
		foreach ( $this->get_items() as $item ) {
			$product = $item->get_product();
			if ( ! $product || ! ( $product->is_virtual() && $product->is_downloadable() ) ) {
				return true;
			}
		}
		return false;
	}

	public function has_downloadable_item() {
		return false;
	}

	// Addresses of pages.

	public function get_checkout_order_received_url() {
		$url = add_query_arg( array( 'order-received' => $this->id, 'key' => $this->get_order_key() ), wc_get_checkout_url() );
		return apply_filters( 'woocommerce_get_checkout_order_received_url', $url, $this );
	}

	public function get_checkout_payment_url( $on_checkout = false ) {
		return add_query_arg( array( 'order-pay' => $this->id, 'pay_for_order' => 'true', 'key' => $this->get_order_key() ), wc_get_checkout_url() );
	}

	public function get_cancel_order_url_raw( $redirect = '' ) {
		return add_query_arg(
			array( 'cancel_order' => 'true', 'order' => $this->get_order_key(), 'order_id' => $this->id, 'redirect' => $redirect, '_wpnonce' => wp_create_nonce( 'woocommerce-cancel_order' ) ),
			wc_get_cart_url()
		);
	}

	public function get_cancel_order_url( $redirect = '' ) {
		return esc_url( $this->get_cancel_order_url_raw( $redirect ) );
	}

	public function get_edit_order_url() {
		return admin_url( 'admin.php?page=wc-orders&action=edit&id=' . $this->id );
	}

	public function get_view_order_url() {
		return home_url( '/my-account/view-order/' . $this->id . '/' );
	}

	// Changes of status.

	public function set_status( $new_status, $note = '', $manual_update = false ) {
		$result = parent::set_status( $new_status );
		if ( $this->id && $result['from'] !== $result['to'] ) {
			$this->transition = array( 'from' => $this->transition['from'] ?? $result['from'], 'to' => $result['to'], 'note' => $note, 'manual' => $manual_update );
		}
		if ( $this->is_paid() && ! $this->data['date_paid'] && in_array( $result['to'], wc_get_is_paid_statuses(), true ) && $this->id ) {
			$this->set_date_paid( time() );
		}
		if ( 'completed' === $result['to'] && ! $this->data['date_completed'] ) {
			$this->data['date_completed'] = time();
		}
		return $result;
	}

	public function update_status( $new_status, $note = '', $manual = false ) {
		if ( ! $this->id ) {
			return false;
		}
		$this->set_status( $new_status, $note, $manual );
		$this->save();
		return true;
	}

	public function save() {
		if ( '' === $this->data['order_key'] ) {
			$this->data['order_key'] = 'wc_order_' . wp_generate_password( 13, false );
		}
		if ( '' === $this->data['status'] ) {
			$this->data['status'] = 'pending';
		}
		$is_new = ! $this->id;
		$this->write();
		do_action( $is_new ? 'woocommerce_new_order' : 'woocommerce_update_order', $this->id, $this );
		$this->tell_transition();
		return $this->id;
	}

	private function tell_transition(): void {
		$moved            = $this->transition;
		$this->transition = null;
		if ( ! $moved ) {
			return;
		}
		do_action( 'woocommerce_order_status_' . $moved['to'], $this->id, $this, $moved );
		if ( $moved['from'] === $moved['to'] ) {
			return;
		}
		$note = sprintf( 'Order status changed from %s to %s.', wc_get_order_status_name( $moved['from'] ), wc_get_order_status_name( $moved['to'] ) );
		$this->add_order_note( trim( $moved['note'] . ' ' . $note ), 0, $moved['manual'] );
		do_action( 'woocommerce_order_status_' . $moved['from'] . '_to_' . $moved['to'], $this->id, $this );
		do_action( 'woocommerce_order_status_changed', $this->id, $moved['from'], $moved['to'], $this );
	}

	public function payment_complete( $transaction_id = '' ) {
		if ( ! $this->id ) {
			return false;
		}
		do_action( 'woocommerce_pre_payment_complete', $this->id, $transaction_id );
		$valid = apply_filters( 'woocommerce_valid_order_statuses_for_payment_complete', array( 'on-hold', 'pending', 'failed', 'cancelled' ), $this );
		if ( ! $this->has_status( $valid ) ) {
			do_action( 'woocommerce_payment_complete_order_status_' . $this->get_status(), $this->id, $transaction_id );
			return true;
		}
		if ( '' !== (string) $transaction_id ) {
			$this->set_transaction_id( $transaction_id );
		}
		if ( ! $this->data['date_paid'] ) {
			$this->set_date_paid( time() );
		}
		$to = $this->needs_processing() ? 'processing' : 'completed';
		$this->set_status( apply_filters( 'woocommerce_payment_complete_order_status', $to, $this->id, $this ) );
		$this->save();
		do_action( 'woocommerce_payment_complete', $this->id, $transaction_id );
		return true;
	}

	public function add_order_note( $note, $is_customer_note = 0, $added_by_user = false ) {
		if ( ! $this->id ) {
			return 0;
		}
		$id = wp_insert_comment(
			array( 'comment_post_ID' => $this->id, 'comment_author' => 'WooCommerce', 'comment_content' => $note, 'comment_type' => 'order_note', 'comment_agent' => 'WooCommerce', 'comment_approved' => 1 )
		);
		if ( $is_customer_note ) {
			add_comment_meta( $id, 'is_customer_note', 1 );
			do_action( 'woocommerce_new_customer_note', array( 'order_id' => $this->id, 'customer_note' => $note ) );
		}
		return $id;
	}

	// Refunds.

	public function get_refunds() {
		return array_map(
			static function ( $id ) {
				return new WC_Order_Refund( $id );
			},
			array_reverse( FSA_WC_Store::ids( 'shop_order_refund', $this->id ) )
		);
	}

	public function get_total_refunded() {
		return (float) array_sum( array_map( static function ( $refund ) { return (float) $refund->get_amount(); }, $this->get_refunds() ) );
	}

	public function get_remaining_refund_amount() {
		return wc_format_decimal( (float) $this->get_total() - $this->get_total_refunded(), wc_get_price_decimals() );
	}

	public function get_qty_refunded_for_item( $item_id, $item_type = 'line_item' ) {
		$quantity = 0;
		foreach ( $this->refunded_items( $item_id, $item_type ) as $item ) {
			$quantity += $item->get_quantity();
		}
		return $quantity;
	}

	public function get_total_refunded_for_item( $item_id, $item_type = 'line_item' ) {
		$total = 0.0;
		foreach ( $this->refunded_items( $item_id, $item_type ) as $item ) {
			$total -= (float) $item->get_total();
		}
		return $total;
	}

	private function refunded_items( $item_id, $item_type ): array {
		$found = array();
		foreach ( $this->get_refunds() as $refund ) {
			foreach ( $refund->get_items( $item_type ) as $item ) {
				if ( absint( $item->get_meta( '_refunded_item_id' ) ) === absint( $item_id ) ) {
					$found[] = $item;
				}
			}
		}
		return $found;
	}
}

class WC_Order_Refund extends WC_Abstract_Order {
	protected $kind        = 'shop_order_refund';
	protected $object_type = 'order_refund';

	public function __construct( $order = 0 ) {
		$this->data = array_merge( $this->data, array( 'amount' => '', 'reason' => '', 'refunded_by' => 0, 'refunded_payment' => false ) );
		parent::__construct( $order );
	}

	public function get_amount( $context = 'view' ) {
		return $this->get_prop( 'amount', $context );
	}

	public function set_amount( $value ) {
		$this->set_prop( 'amount', wc_format_decimal( $value, wc_get_price_decimals() ) );
	}

	public function get_reason( $context = 'view' ) {
		return $this->get_prop( 'reason', $context );
	}

	public function set_reason( $value ) {
		$this->set_prop( 'reason', $value );
	}

	public function get_refunded_payment( $context = 'view' ) {
		return $this->get_prop( 'refunded_payment', $context );
	}

	public function set_refunded_payment( $value ) {
		$this->set_prop( 'refunded_payment', (bool) $value );
	}

	public function get_refunded_by( $context = 'view' ) {
		return $this->get_prop( 'refunded_by', $context );
	}

	public function set_refunded_by( $value ) {
		$this->set_prop( 'refunded_by', absint( $value ) );
	}

	public function get_status( $context = 'view' ) {
		return 'completed';
	}

	public function save() {
		$this->write();
		return $this->id;
	}
}
