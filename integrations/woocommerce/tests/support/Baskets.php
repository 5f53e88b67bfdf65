<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

use WC_Order;
use WC_Order_Item_Coupon;
use WC_Order_Item_Fee;
use WC_Order_Item_Product;
use WC_Order_Item_Shipping;
use WC_Product_Simple;

/** Orders as a shop makes them, from a line of numbers each. The same on the double and on the real WooCommerce. */
final class Baskets {

	/** A product with a price, `$more` of its other properties. */
	public static function product( string $name, string $price, string $sku = '', array $more = array() ): WC_Product_Simple {
		$product = new WC_Product_Simple();
		$product->set_name( $name );
		$product->set_regular_price( $price );
		$product->set_status( 'publish' );
		if ( '' !== $sku ) {
			$product->set_sku( $sku );
		}
		$product->set_props( $more );
		$product->save();
		return $product;
	}

	/**
	 * An order that waits for its payment.
	 *
	 * @param array $lines    array( name, quantity, subtotal, total, tax ) each: before and after coupons, without tax
	 * @param array $shipping array( total, tax )
	 * @param array $fees     array( name, total, tax ) each
	 * @param array $coupons  code => discount without tax
	 */
	public static function order( array $lines, array $shipping = array(), array $fees = array(), array $coupons = array(), string $gateway = 'fsa_payments' ): WC_Order {
		$order = wc_create_order();
		$sums  = array( 'lines' => 0.0, 'tax' => 0.0, 'discount' => 0.0 );
		foreach ( $lines as $line ) {
			list( $name, $quantity, $subtotal, $total, $tax ) = array_pad( $line, 5, '0' );
			$item = new WC_Order_Item_Product();
			$item->set_product( self::product( $name, (string) ( (float) $subtotal / max( 1, $quantity ) ) ) );
			$item->set_quantity( $quantity );
			$item->set_subtotal( $subtotal );
			$item->set_total( $total );
			$item->set_taxes( array( 'total' => array( 1 => $tax ), 'subtotal' => array( 1 => $tax ) ) );
			$order->add_item( $item );
			$sums['lines']    += (float) $total;
			$sums['tax']      += (float) $tax;
			$sums['discount'] += (float) $subtotal - (float) $total;
		}
		foreach ( $fees as $fee ) {
			list( $name, $total, $tax ) = array_pad( $fee, 3, '0' );
			$item = new WC_Order_Item_Fee();
			$item->set_name( $name );
			$item->set_amount( $total );
			$item->set_total( $total );
			$item->set_taxes( array( 'total' => array( 1 => $tax ) ) );
			$order->add_item( $item );
			$sums['lines'] += (float) $total;
			$sums['tax']   += (float) $tax;
		}
		if ( $shipping ) {
			list( $total, $tax ) = array_pad( $shipping, 2, '0' );
			$item = new WC_Order_Item_Shipping();
			$item->set_method_title( 'Flat rate' );
			$item->set_total( $total );
			$item->set_taxes( array( 'total' => array( 1 => $tax ) ) );
			$order->add_item( $item );
			$order->set_shipping_total( $total );
			$order->set_shipping_tax( $tax );
			$sums['lines'] += (float) $total + (float) $tax;
		}
		foreach ( $coupons as $code => $discount ) {
			$item = new WC_Order_Item_Coupon();
			$item->set_code( (string) $code );
			$item->set_discount( $discount );
			$order->add_item( $item );
		}
		$order->set_cart_tax( $sums['tax'] );
		$order->set_discount_total( $sums['discount'] );
		$order->set_total( round( $sums['lines'] + $sums['tax'], 2 ) );
		$order->set_billing_email( 'robin@shopper.example.test' );
		$order->set_billing_first_name( 'Robin' );
		$order->set_payment_method( $gateway );
		$order->save();
		return wc_get_order( $order->get_id() );
	}

	/** The basket of the recordings: $58.70 with tax and shipping, $27.90 of it eligible. */
	public static function usual( string $gateway = 'fsa_payments' ): WC_Order {
		return self::order(
			array(
				array( 'Ibuprofen 200 mg', 2, '23.94', '23.94', '1.44' ),
				array( 'Vitamin D3 softgels', 1, '8.49', '8.49', '0.51' ),
				array( 'Nacho tortilla chips', 3, '17.94', '17.94', '1.08' ),
			),
			array( '5.00', '0.30' ),
			array(),
			array(),
			$gateway
		);
	}

	/** The basket of the recording that waits for a letter: $174.38. */
	public static function with_letter(): WC_Order {
		return self::order( array( array( 'Ibuprofen 200 mg', 2, '23.94', '23.94', '1.44' ), array( 'Therapeutic massage gun', 1, '149.00', '149.00', '0' ) ) );
	}
}
