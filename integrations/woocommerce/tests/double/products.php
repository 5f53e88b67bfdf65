<?php
/** Products and variations are posts with meta, as in WooCommerce. */
declare(strict_types=1);

class WC_Product extends WC_Data {
	protected $object_type = 'product';
	protected $type        = 'simple';
	protected $data        = array(
		'name'              => '',
		'slug'              => '',
		'status'            => 'publish',
		'description'       => '',
		'short_description' => '',
		'sku'               => '',
		'global_unique_id'  => '',
		'price'             => '',
		'regular_price'     => '',
		'sale_price'        => '',
		'tax_class'         => '',
		'tax_status'        => 'taxable',
		'virtual'           => false,
		'downloadable'      => false,
		'manage_stock'      => false,
		'stock_quantity'    => null,
		'stock_status'      => 'instock',
		'parent_id'         => 0,
		'attributes'        => array(),
		'category_ids'      => array(),
		'catalog_visibility' => 'visible',
		'image_id'          => '',
	);
	/** property => key of its meta. */
	private const META = array( 'sku' => '_sku', 'global_unique_id' => '_global_unique_id', 'price' => '_price', 'regular_price' => '_regular_price', 'sale_price' => '_sale_price',
		'tax_class' => '_tax_class', 'tax_status' => '_tax_status', 'image_id' => '_thumbnail_id', 'stock_quantity' => '_stock', 'stock_status' => '_stock_status' );
	private const FLAGS = array( 'virtual' => '_virtual', 'downloadable' => '_downloadable', 'manage_stock' => '_manage_stock' );

	public function __construct( $product = 0 ) {
		$id = is_object( $product ) ? ( $product instanceof WC_Product ? $product->get_id() : $product->ID ) : (int) $product;
		if ( $id ) {
			$this->read_post( $id );
		}
	}

	private function read_post( int $id ): void {
		$post = get_post( $id );
		if ( ! $post || ! in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
			throw new Exception( 'Invalid product.' );
		}
		$this->id   = $id;
		$this->data = array_merge(
			$this->data,
			array( 'name' => $post->post_title, 'slug' => $post->post_name, 'status' => $post->post_status, 'description' => $post->post_content,
				'short_description' => $post->post_excerpt, 'parent_id' => (int) $post->post_parent )
		);
		foreach ( self::META as $prop => $key ) {
			if ( metadata_exists( 'post', $id, $key ) ) {
				$this->data[ $prop ] = get_post_meta( $id, $key, true );
			}
		}
		foreach ( self::FLAGS as $prop => $key ) {
			$this->data[ $prop ] = 'yes' === get_post_meta( $id, $key, true );
		}
		$attributes                 = get_post_meta( $id, '_product_attributes', true );
		$this->data['attributes']   = is_array( $attributes ) ? $attributes : array();
		$this->data['category_ids'] = wp_get_object_terms( $id, 'product_cat', array( 'fields' => 'ids' ) );
		$own                        = array_merge( array_values( self::META ), array_values( self::FLAGS ), array( '_product_attributes' ) );
		foreach ( get_post_meta( $id ) as $key => $values ) {
			foreach ( in_array( $key, $own, true ) ? array() : $values as $value ) {
				$this->meta_data[] = array( 'key' => $key, 'value' => maybe_unserialize( $value ) );
			}
		}
	}

	public function __call( $name, $arguments ) {
		if ( preg_match( '/^(get|set)_(\w+)$/', $name, $m ) && array_key_exists( $m[2], $this->data ) ) {
			if ( 'set' === $m[1] ) {
				$this->set_prop( $m[2], $arguments[0] );
				return null;
			}
			return $this->get_prop( $m[2], $arguments[0] ?? 'view' );
		}
		throw new BadMethodCallException( 'The double has no WC_Product::' . $name . '(). Write it, with a contract test.' );
	}

	public function get_type() {
		return $this->type;
	}

	public function is_type( $type ) {
		return in_array( $this->get_type(), (array) $type, true );
	}

	public function set_regular_price( $price ) {
		$this->set_prop( 'regular_price', wc_format_decimal( $price ) );
	}

	public function set_sale_price( $price ) {
		$this->set_prop( 'sale_price', wc_format_decimal( $price ) );
	}

	public function is_virtual() {
		return (bool) $this->data['virtual'];
	}

	public function is_downloadable() {
		return (bool) $this->data['downloadable'];
	}

	public function is_taxable() {
		return 'taxable' === $this->data['tax_status'] && wc_tax_enabled();
	}

	public function exists() {
		return (bool) $this->id;
	}

	public function is_purchasable() {
		return $this->exists() && '' !== (string) $this->get_price();
	}

	public function is_in_stock() {
		return 'outofstock' !== $this->data['stock_status'];
	}

	public function has_child() {
		return (bool) $this->get_children();
	}

	public function get_children() {
		return array();
	}

	public function get_permalink() {
		return get_permalink( $this->id );
	}

	public function get_title() {
		return $this->get_name();
	}

	public function get_formatted_name() {
		return $this->get_name() . ' (' . ( $this->get_sku() ? $this->get_sku() : '#' . $this->id ) . ')';
	}

	public function get_attribute( $name ) {
		return (string) ( $this->data['attributes'][ $name ] ?? '' );
	}

	public function save() {
		do_action( 'woocommerce_before_' . $this->object_type . '_object_save', $this, null );
		$is_new = ! $this->id;
		$post   = array( 'ID' => $this->id, 'post_type' => $this->is_type( 'variation' ) ? 'product_variation' : 'product', 'post_title' => $this->data['name'],
			'post_name' => $this->data['slug'], 'post_status' => $this->data['status'], 'post_content' => $this->data['description'],
			'post_excerpt' => $this->data['short_description'], 'post_parent' => $this->data['parent_id'] );
		$this->id = (int) ( $is_new ? wp_insert_post( $post ) : wp_update_post( $post ) );
		if ( '' === $this->data['price'] || $this->data['regular_price'] !== '' ) {
			$this->data['price'] = '' !== $this->data['sale_price'] ? $this->data['sale_price'] : $this->data['regular_price'];
		}
		foreach ( self::META as $prop => $key ) {
			update_post_meta( $this->id, $key, wp_slash( $this->data[ $prop ] ) );
		}
		foreach ( self::FLAGS as $prop => $key ) {
			update_post_meta( $this->id, $key, $this->data[ $prop ] ? 'yes' : 'no' );
		}
		update_post_meta( $this->id, '_product_attributes', $this->data['attributes'] );
		if ( ! $this->is_type( 'variation' ) ) {
			wp_set_object_terms( $this->id, $this->type, 'product_type' );
			wp_set_object_terms( $this->id, array_map( 'intval', $this->data['category_ids'] ), 'product_cat' );
		}
		$this->save_meta_data();
		$kind = $this->is_type( 'variation' ) ? 'product_variation' : 'product';
		do_action( ( $is_new ? 'woocommerce_new_' : 'woocommerce_update_' ) . $kind, $this->id, $this );
		return $this->id;
	}

	public function save_meta_data() {
		$kept = array();
		foreach ( $this->meta_data as $row ) {
			update_post_meta( $this->id, $row['key'], wp_slash( $row['value'] ) );
			$kept[] = $row['key'];
		}
		$own = array_merge( array_values( self::META ), array_values( self::FLAGS ), array( '_product_attributes' ) );
		foreach ( array_diff( array_keys( get_post_meta( $this->id ) ), $own, $kept ) as $gone ) {
			delete_post_meta( $this->id, $gone );
		}
	}

	public function delete( $force_delete = false ) {
		$force_delete ? wp_delete_post( $this->id, true ) : wp_trash_post( $this->id );
		if ( $force_delete ) {
			$this->id = 0;
		}
		return true;
	}
}

class WC_Product_Simple extends WC_Product {
}

class WC_Product_Variable extends WC_Product {
	protected $type = 'variable';

	public function get_children() {
		return array_map( 'intval', get_posts( array( 'post_type' => 'product_variation', 'post_parent' => $this->id, 'post_status' => 'any', 'fields' => 'ids', 'numberposts' => -1, 'orderby' => 'ID', 'order' => 'ASC' ) ) );
	}

	public function get_visible_children() {
		return $this->get_children();
	}
}

class WC_Product_Variation extends WC_Product {
	protected $type        = 'variation';
	protected $object_type = 'product_variation';

	public function get_name( $context = 'view' ) {
		if ( '' !== $this->data['name'] ) {
			return $this->data['name'];
		}
		$parent = wc_get_product( $this->data['parent_id'] );
		return ( $parent ? $parent->get_name() : '' ) . ( $this->data['attributes'] ? ' - ' . implode( ', ', $this->data['attributes'] ) : '' );
	}
}
