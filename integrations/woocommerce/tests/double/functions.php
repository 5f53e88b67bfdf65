<?php
/** Functions of WooCommerce. */
declare(strict_types=1);

function wc_get_order( $the_order = false ) {
	$id = $the_order instanceof WC_Abstract_Order ? $the_order->get_id() : ( $the_order instanceof WP_Post ? $the_order->ID : absint( $the_order ) );
	$row = $id ? FSA_WC_Store::read( $id ) : null;
	$classes = array( 'shop_order' => 'WC_Order', 'shop_order_refund' => 'WC_Order_Refund' );
	return $row && isset( $classes[ $row['kind'] ] ) ? new $classes[ $row['kind'] ]( $id ) : false;
}

/** Arguments known here: status, limit, return, customer_id, payment_method, transaction_id, meta_key and meta_value, meta_query, orderby, order, type, parent. */
function wc_get_orders( $args ) {
	$known = array( 'status', 'limit', 'return', 'customer_id', 'payment_method', 'transaction_id', 'meta_key', 'meta_value', 'meta_query', 'orderby', 'order', 'type', 'parent', 'paginate', 'page', 'offset', 'meta_compare' );
	if ( $unknown = array_diff( array_keys( $args ), $known ) ) {
		throw new InvalidArgumentException( 'The double of wc_get_orders() does not know: ' . implode( ', ', $unknown ) );
	}
	$type   = $args['type'] ?? 'shop_order';
	$orders = array_map( 'wc_get_order', array_reverse( FSA_WC_Store::ids( is_array( $type ) ? (string) reset( $type ) : $type ) ) );
	$orders = array_values( array_filter( $orders, static function ( $order ) use ( $args ) { return fsa_wc_order_fits( $order, $args ); } ) );
	if ( 'ASC' === strtoupper( (string) ( $args['order'] ?? 'DESC' ) ) ) {
		$orders = array_reverse( $orders );
	}
	$limit  = (int) ( $args['limit'] ?? 10 );
	$offset = (int) ( $args['offset'] ?? ( $limit > 0 ? ( max( 1, (int) ( $args['page'] ?? 1 ) ) - 1 ) * $limit : 0 ) );
	$total  = count( $orders );
	$orders = array_slice( $orders, $offset, $limit < 0 ? null : $limit );
	if ( 'ids' === ( $args['return'] ?? '' ) ) {
		$orders = array_map( static function ( $order ) { return $order->get_id(); }, $orders );
	}
	return empty( $args['paginate'] ) ? $orders : (object) array( 'orders' => $orders, 'total' => $total, 'max_num_pages' => $limit > 0 ? (int) ceil( $total / $limit ) : 1 );
}

function fsa_wc_order_fits( $order, array $args ): bool {
	$statuses = array_map( static function ( $status ) { return preg_replace( '/^wc-/', '', $status ); }, array_filter( (array) ( $args['status'] ?? array() ) ) );
	if ( $statuses && ! in_array( 'any', $statuses, true ) && ! in_array( $order->get_status(), $statuses, true ) ) {
		return false;
	}
	foreach ( array( 'customer_id', 'payment_method', 'transaction_id' ) as $prop ) {
		if ( isset( $args[ $prop ] ) && (string) $order->{'get_' . $prop}() !== (string) $args[ $prop ] ) {
			return false;
		}
	}
	$wanted = isset( $args['meta_key'] ) ? array( array( 'key' => $args['meta_key'], 'value' => $args['meta_value'] ?? null ) ) : array();
	foreach ( array_merge( $wanted, array_filter( $args['meta_query'] ?? array(), 'is_array' ) ) as $clause ) {
		$compare = strtoupper( $clause['compare'] ?? ( isset( $clause['value'] ) ? '=' : 'EXISTS' ) );
		$value   = $order->get_meta( $clause['key'] );
		$fits    = array(
			'='          => $order->meta_exists( $clause['key'] ) && (string) $value === (string) ( is_array( $clause['value'] ?? '' ) ? '' : $clause['value'] ?? '' ),
			'!='         => (string) ( is_array( $value ) ? '' : $value ) !== (string) ( is_array( $clause['value'] ?? '' ) ? '' : $clause['value'] ?? '' ),
			'EXISTS'     => $order->meta_exists( $clause['key'] ),
			'NOT EXISTS' => ! $order->meta_exists( $clause['key'] ),
			'IN'         => ! is_array( $value ) && in_array( (string) $value, array_map( 'strval', (array) ( $clause['value'] ?? array() ) ), true ),
		);
		if ( ! isset( $fits[ $compare ] ) ) {
			throw new InvalidArgumentException( 'The double of wc_get_orders() does not know the comparison ' . $compare );
		}
		if ( ! $fits[ $compare ] ) {
			return false;
		}
	}
	return true;
}

function wc_create_order( $args = array() ) {
	$order = new WC_Order();
	$order->set_customer_id( absint( $args['customer_id'] ?? 0 ) );
	$order->set_created_via( $args['created_via'] ?? '' );
	$order->set_currency( get_woocommerce_currency() );
	if ( isset( $args['status'] ) ) {
		$order->set_status( $args['status'] );
	}
	$order->save();
	return $order;
}

function wc_get_order_notes( $args ) {
	$notes = array();
	foreach ( get_comments( array( 'post_id' => $args['order_id'], 'type' => 'order_note', 'orderby' => 'comment_ID', 'order' => 'DESC', 'status' => 'all' ) ) as $comment ) {
		$notes[] = (object) array( 'id' => (int) $comment->comment_ID, 'content' => $comment->comment_content, 'customer_note' => (bool) get_comment_meta( $comment->comment_ID, 'is_customer_note', true ), 'added_by' => 'system' );
	}
	return $notes;
}

function wc_create_refund( $args = array() ) {
	$args  = wp_parse_args( $args, array( 'amount' => 0, 'reason' => null, 'order_id' => 0, 'line_items' => array(), 'refund_payment' => false, 'restock_items' => false ) );
	$order = wc_get_order( $args['order_id'] );
	try {
		if ( ! $order instanceof WC_Order ) {
			throw new Exception( 'Invalid order ID.' );
		}
		if ( 0 > $args['amount'] || $args['amount'] > $order->get_remaining_refund_amount() ) {
			throw new Exception( 'Invalid refund amount.' );
		}
		$refund = new WC_Order_Refund();
		$refund->set_parent_id( $order->get_id() );
		$refund->set_currency( $order->get_currency() );
		$refund->set_amount( $args['amount'] );
		$refund->set_reason( (string) $args['reason'] );
		$refund->set_refunded_by( get_current_user_id() );
		foreach ( $order->get_items( array( 'line_item', 'fee', 'shipping' ) ) as $id => $item ) {
			if ( isset( $args['line_items'][ $id ] ) ) {
				fsa_wc_add_refunded_line( $refund, $item, $args['line_items'][ $id ] );
			}
		}
		$refund->set_total( -1 * (float) $args['amount'] );
		do_action( 'woocommerce_create_refund', $refund, $args );
		$refund->save();
		if ( $args['refund_payment'] ) {
			$result = wc_refund_payment( $order, $refund->get_amount(), $refund->get_reason() );
			if ( is_wp_error( $result ) ) {
				$refund->delete();
				return $result;
			}
			$refund->set_refunded_payment( true );
			$refund->save();
		}
		$is_partial = (float) $order->get_remaining_refund_amount() > 0;
		do_action( $is_partial ? 'woocommerce_order_partially_refunded' : 'woocommerce_order_fully_refunded', $order->get_id(), $refund->get_id() );
		if ( ! $is_partial ) {
			$order->update_status( apply_filters( 'woocommerce_order_fully_refunded_status', 'refunded', $order->get_id(), $refund->get_id() ) );
		}
		do_action( 'woocommerce_refund_created', $refund->get_id(), $args );
		do_action( 'woocommerce_order_refunded', $order->get_id(), $refund->get_id() );
	} catch ( Exception $e ) {
		if ( isset( $refund ) && $refund->get_id() ) {
			$refund->delete();
		}
		return new WP_Error( 'error', $e->getMessage() );
	}
	return $refund;
}

function fsa_wc_add_refunded_line( WC_Order_Refund $refund, WC_Order_Item $item, array $given ): void {
	$quantity = $given['qty'] ?? 0;
	$total    = $given['refund_total'] ?? 0;
	$taxes    = array_filter( (array) ( $given['refund_tax'] ?? array() ) );
	if ( ! $quantity && ! $total && ! $taxes ) {
		return;
	}
	$class    = get_class( $item );
	$refunded = new $class();
	$refunded->set_name( $item->get_name() );
	$refunded->add_meta_data( '_refunded_item_id', $item->get_id(), true );
	$refunded->set_total( -1 * (float) $total );
	$taxes = array_map( static function ( $amount ) { return -1 * (float) $amount; }, $taxes );
	$refunded->set_taxes( array( 'total' => $taxes, 'subtotal' => $taxes ) );
	if ( $refunded instanceof WC_Order_Item_Product ) {
		$refunded->set_product_id( $item->get_product_id() );
		$refunded->set_variation_id( $item->get_variation_id() );
		$refunded->set_subtotal( -1 * (float) $total );
		$refunded->set_quantity( -1 * $quantity );
	}
	$refund->add_item( $refunded );
}

function wc_refund_payment( $order, $amount, $reason = '' ) {
	$gateways = WC()->payment_gateways()->payment_gateways();
	$gateway  = $gateways[ $order->get_payment_method() ] ?? null;
	if ( ! $gateway ) {
		return new WP_Error( 'error', 'The payment gateway for this order does not exist.' );
	}
	if ( ! $gateway->supports( 'refunds' ) ) {
		return new WP_Error( 'error', 'The payment gateway for this order does not support automatic refunds.' );
	}
	$result = $gateway->process_refund( $order->get_id(), $amount, $reason );
	return $result ? $result : new WP_Error( 'error', 'An error occurred while attempting to create the refund using the payment gateway API.' );
}

function wc_get_product( $the_product = false ) {
	$id   = $the_product instanceof WC_Product ? $the_product->get_id() : ( $the_product instanceof WP_Post ? $the_product->ID : absint( $the_product ) );
	$post = $id ? get_post( $id ) : null;
	if ( ! $post || ! in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
		return false;
	}
	if ( 'product_variation' === $post->post_type ) {
		return new WC_Product_Variation( $id );
	}
	return has_term( 'variable', 'product_type', $id ) ? new WC_Product_Variable( $id ) : new WC_Product_Simple( $id );
}

function wc_get_products( $args ) {
	$types = (array) ( $args['type'] ?? array( 'simple', 'variable' ) );
	$query = array( 'post_type' => in_array( 'variation', $types, true ) && 1 === count( $types ) ? 'product_variation' : ( in_array( 'variation', $types, true ) ? array( 'product', 'product_variation' ) : 'product' ), 'fields' => 'ids',
		'post_status' => $args['status'] ?? array( 'publish', 'private', 'draft', 'pending' ), 'posts_per_page' => $args['limit'] ?? 10, 'paged' => $args['page'] ?? 1, 'orderby' => 'ID', 'order' => $args['order'] ?? 'DESC' );
	foreach ( array( 'include' => 'post__in', 'exclude' => 'post__not_in', 'parent' => 'post_parent', 'meta_query' => 'meta_query', 'meta_key' => 'meta_key', 'meta_value' => 'meta_value', 'offset' => 'offset' ) as $ours => $theirs ) {
		if ( isset( $args[ $ours ] ) ) {
			$query[ $theirs ] = $args[ $ours ];
		}
	}
	if ( isset( $args['sku'] ) ) {
		$query['meta_query'][] = array( 'key' => '_sku', 'value' => $args['sku'] );
	}
	$found = new WP_Query( $query );
	$items = 'ids' === ( $args['return'] ?? '' ) ? $found->posts : array_map( 'wc_get_product', $found->posts );
	return empty( $args['paginate'] ) ? $items : (object) array( 'products' => $items, 'total' => $found->found_posts, 'max_num_pages' => $found->max_num_pages );
}

function wc_get_product_id_by_sku( $sku ) {
	global $wpdb;
	return (int) $wpdb->get_var( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = '_sku' AND meta_value = %s LIMIT 1", $sku ) );
}

function wc_get_logger() {
	return new WC_Logger();
}

// Money and words.

function get_woocommerce_currency() {
	return apply_filters( 'woocommerce_currency', get_option( 'woocommerce_currency', 'USD' ) );
}

function get_woocommerce_currency_symbol( $currency = '' ) {
	return '&#36;';
}

function wc_get_price_decimals() {
	return absint( apply_filters( 'wc_get_price_decimals', get_option( 'woocommerce_price_num_decimals', 2 ) ) );
}

function wc_format_decimal( $number, $dp = false, $trim_zeros = false ) {
	if ( ! is_float( $number ) ) {
		$number = preg_replace( '/[^0-9.\-]/', '', (string) $number );
	}
	if ( '' === $number ) {
		return '';
	}
	if ( false !== $dp ) {
		$number = number_format( round( (float) $number, '' === $dp ? wc_get_price_decimals() : (int) $dp ), '' === $dp ? wc_get_price_decimals() : (int) $dp, '.', '' );
	} elseif ( is_float( $number ) ) {
		$number = rtrim( rtrim( sprintf( '%.6F', round( $number, wc_get_rounding_precision() ) ), '0' ), '.' );
	}
	return $trim_zeros && false !== strpos( (string) $number, '.' ) ? rtrim( rtrim( (string) $number, '0' ), '.' ) : (string) $number;
}

function wc_get_rounding_precision() {
	return wc_get_price_decimals() + 2;
}

function wc_price( $price, $args = array() ) {
	$text = number_format( abs( (float) $price ), wc_get_price_decimals() );
	return '<span class="woocommerce-Price-amount amount"><bdi>' . ( (float) $price < 0 ? '-' : '' ) . '<span class="woocommerce-Price-currencySymbol">&#36;</span>' . $text . '</bdi></span>';
}

function wc_stock_amount( $amount ) {
	return apply_filters( 'woocommerce_stock_amount', $amount );
}
add_filter( 'woocommerce_stock_amount', 'intval' );

function wc_tax_enabled() {
	return 'yes' === get_option( 'woocommerce_calc_taxes' );
}

function wc_prices_include_tax() {
	return wc_tax_enabled() && 'yes' === get_option( 'woocommerce_prices_include_tax' );
}

function wc_get_price_excluding_tax( $product, $args = array() ) {
	return (float) ( $args['price'] ?? $product->get_price() ) * ( $args['qty'] ?? 1 );
}

function wc_get_price_including_tax( $product, $args = array() ) {
	return wc_get_price_excluding_tax( $product, $args );
}

function wc_clean( $value ) {
	return is_array( $value ) ? array_map( 'wc_clean', $value ) : ( is_scalar( $value ) ? sanitize_text_field( (string) $value ) : $value );
}

function wc_strtolower( $text ) {
	return mb_strtolower( (string) $text );
}

function wc_string_to_bool( $text ) {
	return is_bool( $text ) ? $text : in_array( strtolower( (string) $text ), array( 'yes', '1', 'true' ), true );
}

function wc_bool_to_string( $value ) {
	return wc_string_to_bool( $value ) ? 'yes' : 'no';
}

function wc_help_tip( $tip, $allow_html = false ) {
	return '<span class="woocommerce-help-tip" data-tip="' . esc_attr( $tip ) . '"></span>';
}

function wc_date_format() {
	return get_option( 'date_format' );
}

function wc_time_format() {
	return get_option( 'time_format' );
}

function wc_format_datetime( $date, $format = '' ) {
	return $date ? $date->date_i18n( $format ? $format : wc_date_format() ) : '';
}

// Statuses.

function wc_get_order_statuses() {
	return apply_filters(
		'wc_order_statuses',
		array( 'wc-pending' => 'Pending payment', 'wc-processing' => 'Processing', 'wc-on-hold' => 'On hold', 'wc-completed' => 'Completed', 'wc-cancelled' => 'Cancelled', 'wc-refunded' => 'Refunded', 'wc-failed' => 'Failed' )
	);
}

function wc_get_order_status_name( $status ) {
	return wc_get_order_statuses()[ 'wc-' . preg_replace( '/^wc-/', '', $status ) ] ?? $status;
}

function wc_get_is_paid_statuses() {
	return apply_filters( 'woocommerce_order_is_paid_statuses', array( 'processing', 'completed' ) );
}

function wc_get_order_types( $for = '' ) {
	return array( 'shop_order' );
}

function wc_maybe_reduce_stock_levels( $order_id ) {
}

function wc_reduce_stock_levels( $order_id ) {
}

// Notices.

function wc_add_notice( $message, $notice_type = 'success', $data = array() ) {
	$GLOBALS['fsa_wc_notices'][ $notice_type ][] = array( 'notice' => $message, 'data' => $data );
}

function wc_get_notices( $notice_type = '' ) {
	$notices = $GLOBALS['fsa_wc_notices'] ?? array();
	return '' === $notice_type ? $notices : ( $notices[ $notice_type ] ?? array() );
}

function wc_notice_count( $notice_type = '' ) {
	return '' === $notice_type ? array_sum( array_map( 'count', wc_get_notices() ) ) : count( wc_get_notices( $notice_type ) );
}

function wc_clear_notices() {
	$GLOBALS['fsa_wc_notices'] = array();
}

function wc_print_notice( $message, $notice_type = 'success', $data = array(), $return = false ) {
	$html = '<div class="woocommerce-' . esc_attr( $notice_type ) . '">' . wp_kses_post( $message ) . '</div>';
	if ( $return ) {
		return $html;
	}
	echo $html; // phpcs:ignore -- made above.
}

// Pages.

function wc_get_page_id( $page ) {
	return (int) get_option( 'woocommerce_' . $page . '_page_id', -1 );
}

function wc_get_page_permalink( $page ) {
	return home_url( '/' . $page . '/' );
}

function wc_get_checkout_url() {
	return apply_filters( 'woocommerce_get_checkout_url', home_url( '/checkout/' ) );
}

function wc_get_cart_url() {
	return apply_filters( 'woocommerce_get_cart_url', home_url( '/cart/' ) );
}

function wc_get_endpoint_url( $endpoint, $value = '', $permalink = '' ) {
	return add_query_arg( $endpoint, $value, $permalink ? $permalink : home_url( '/' ) );
}

function wc_get_page_screen_id( $for ) {
	return 'shop-order' === $for || 'shop_order' === $for ? 'woocommerce_page_wc-orders' : $for;
}

function wc_get_screen_ids() {
	return array( 'woocommerce_page_wc-orders', 'woocommerce_page_wc-settings', 'edit-product', 'product' );
}

function is_checkout() {
	return (bool) ( $GLOBALS['fsa_wc_page']['checkout'] ?? false );
}

function is_cart() {
	return (bool) ( $GLOBALS['fsa_wc_page']['cart'] ?? false );
}

function is_product() {
	return is_singular( array( 'product' ) );
}

function is_shop() {
	return is_post_type_archive( 'product' );
}

function is_product_taxonomy() {
	return is_tax( get_object_taxonomies( 'product' ) );
}

function is_woocommerce() {
	return is_shop() || is_product_taxonomy() || is_product();
}

function is_order_received_page() {
	return is_checkout() && '' !== (string) get_query_var( 'order-received' );
}

function is_checkout_pay_page() {
	return is_checkout() && '' !== (string) get_query_var( 'order-pay' );
}

function is_wc_endpoint_url( $endpoint = false ) {
	return '' !== (string) get_query_var( (string) $endpoint );
}

function is_account_page() {
	return false;
}

function has_block_in_page( $page, $block_name ) {
	return false;
}
