<?php
/** Lines of an order. Totals are text with as many digits as were given, as in WooCommerce. */
declare(strict_types=1);

abstract class WC_Order_Item extends WC_Data {
	protected $kind        = 'line_item';
	protected $object_type = 'order_item';

	public function __construct( $item = 0 ) {
		$this->data = array_merge( array( 'order_id' => 0, 'name' => '' ), $this->data );
		if ( $item && ! $this->read( is_object( $item ) ? $item->get_id() : $item, array( $this->kind ) ) ) {
			throw new Exception( 'Invalid order item.' );
		}
	}

	public function get_type() {
		return $this->kind;
	}

	public function is_type( $type ) {
		return in_array( $this->kind, (array) $type, true );
	}

	public function get_order_id( $context = 'view' ) {
		return $this->data['order_id'];
	}

	public function set_order_id( $id ) {
		$this->data['order_id'] = absint( $id );
	}

	public function get_order() {
		return wc_get_order( $this->data['order_id'] );
	}

	public function get_name( $context = 'view' ) {
		return $this->get_prop( 'name', $context );
	}

	public function set_name( $name ) {
		$this->set_prop( 'name', (string) $name );
	}

	public function get_quantity() {
		return 1;
	}

	public function get_formatted_meta_data( $hide_prefix = '_', $include_all = false ) {
		return array();
	}

	public function save() {
		$this->id = FSA_WC_Store::write( $this->id, $this->kind, (int) $this->data['order_id'], $this->data, $this->meta_data );
		return $this->id;
	}

	public function delete( $force_delete = false ) {
		FSA_WC_Store::erase( $this->id );
		$this->id = 0;
		return true;
	}
}

/** What a line, a fee and a shipping line share: money and its tax. */
abstract class FSA_WC_Priced_Item extends WC_Order_Item {

	public function __construct( $item = 0 ) {
		$this->data = array_merge( array( 'total' => '', 'total_tax' => '', 'taxes' => array( 'total' => array() ) ), $this->data );
		parent::__construct( $item );
	}

	public function get_total( $context = 'view' ) {
		return $this->get_prop( 'total', $context );
	}

	public function set_total( $value ) {
		$this->set_prop( 'total', wc_format_decimal( $value ) );
	}

	public function get_total_tax( $context = 'view' ) {
		return $this->get_prop( 'total_tax', $context );
	}

	public function set_total_tax( $value ) {
		$this->set_prop( 'total_tax', wc_format_decimal( $value ) );
	}

	public function get_taxes( $context = 'view' ) {
		return $this->data['taxes'];
	}

	public function set_taxes( $taxes ) {
		$total = array_map( 'wc_format_decimal', (array) ( $taxes['total'] ?? array() ) );
		$this->set_prop( 'taxes', array( 'total' => $total ) );
		$this->set_total_tax( array_sum( $total ) );
	}

	public function get_tax_class( $context = 'view' ) {
		return $this->data['tax_class'] ?? '';
	}

	public function set_tax_class( $value ) {
		$this->data['tax_class'] = $value;
	}

	public function get_tax_status( $context = 'view' ) {
		return $this->data['tax_status'] ?? 'taxable';
	}

	public function set_tax_status( $value ) {
		$this->data['tax_status'] = $value;
	}
}

class WC_Order_Item_Product extends FSA_WC_Priced_Item {
	protected $kind = 'line_item';
	protected $data = array(
		'product_id'   => 0,
		'variation_id' => 0,
		'quantity'     => 1,
		'tax_class'    => '',
		'subtotal'     => '',
		'subtotal_tax' => '',
		'taxes'        => array( 'subtotal' => array(), 'total' => array() ),
	);

	public function get_product_id( $context = 'view' ) {
		return $this->data['product_id'];
	}

	public function set_product_id( $id ) {
		$this->data['product_id'] = absint( $id );
	}

	public function get_variation_id( $context = 'view' ) {
		return $this->data['variation_id'];
	}

	public function set_variation_id( $id ) {
		$this->data['variation_id'] = absint( $id );
	}

	public function get_product() {
		return wc_get_product( $this->data['variation_id'] ? $this->data['variation_id'] : $this->data['product_id'] );
	}

	public function set_product( $product ) {
		$is_variation = $product->is_type( 'variation' );
		$this->set_product_id( $is_variation ? $product->get_parent_id() : $product->get_id() );
		$this->set_variation_id( $is_variation ? $product->get_id() : 0 );
		$this->set_name( $product->get_name() );
		$this->set_tax_class( $product->get_tax_class() );
	}

	public function get_quantity( $context = 'view' ) {
		return $this->data['quantity'];
	}

	public function set_quantity( $value ) {
		$this->data['quantity'] = wc_stock_amount( $value );
	}

	public function get_subtotal( $context = 'view' ) {
		return $this->get_prop( 'subtotal', $context );
	}

	public function set_subtotal( $value ) {
		$this->set_prop( 'subtotal', wc_format_decimal( $value ) );
	}

	public function get_subtotal_tax( $context = 'view' ) {
		return $this->get_prop( 'subtotal_tax', $context );
	}

	public function set_subtotal_tax( $value ) {
		$this->set_prop( 'subtotal_tax', wc_format_decimal( $value ) );
	}

	/** A total above the subtotal lifts the subtotal. */
	public function set_total( $value ) {
		parent::set_total( $value );
		if ( '' === $this->data['subtotal'] || (float) $this->data['subtotal'] < (float) $this->data['total'] ) {
			$this->set_subtotal( $value );
		}
	}

	public function set_taxes( $taxes ) {
		parent::set_taxes( $taxes );
		$subtotal                        = array_map( 'wc_format_decimal', (array) ( $taxes['subtotal'] ?? $this->data['taxes']['total'] ) );
		$this->data['taxes']['subtotal'] = $subtotal;
		$this->set_subtotal_tax( array_sum( $subtotal ) );
	}
}

class WC_Order_Item_Fee extends FSA_WC_Priced_Item {
	protected $kind = 'fee';

	public function get_amount( $context = 'view' ) {
		return $this->data['amount'] ?? '';
	}

	public function set_amount( $value ) {
		$this->data['amount'] = wc_format_decimal( $value );
	}
}

class WC_Order_Item_Shipping extends FSA_WC_Priced_Item {
	protected $kind = 'shipping';

	public function get_method_title( $context = 'view' ) {
		return $this->data['name'];
	}

	public function set_method_title( $value ) {
		$this->set_name( $value );
	}

	public function get_method_id( $context = 'view' ) {
		return $this->data['method_id'] ?? '';
	}

	public function set_method_id( $value ) {
		$this->data['method_id'] = $value;
	}
}

class WC_Order_Item_Coupon extends WC_Order_Item {
	protected $kind = 'coupon';
	protected $data = array( 'code' => '', 'discount' => 0, 'discount_tax' => 0 );

	public function get_name( $context = 'view' ) {
		return $this->get_code();
	}

	public function get_code( $context = 'view' ) {
		return $this->data['code'];
	}

	public function set_code( $value ) {
		$this->data['code'] = wc_strtolower( $value );
	}

	public function get_discount( $context = 'view' ) {
		return $this->data['discount'];
	}

	public function set_discount( $value ) {
		$this->data['discount'] = wc_format_decimal( $value );
	}

	public function get_discount_tax( $context = 'view' ) {
		return $this->data['discount_tax'];
	}

	public function set_discount_tax( $value ) {
		$this->data['discount_tax'] = wc_format_decimal( $value );
	}
}

class WC_Order_Item_Tax extends WC_Order_Item {
	protected $kind = 'tax';

	public function get_rate_id( $context = 'view' ) {
		return $this->data['rate_id'] ?? 0;
	}

	public function set_rate_id( $value ) {
		$this->data['rate_id'] = absint( $value );
	}

	public function get_tax_total( $context = 'view' ) {
		return $this->data['tax_total'] ?? '0';
	}

	public function set_tax_total( $value ) {
		$this->data['tax_total'] = wc_format_decimal( $value );
	}
}
