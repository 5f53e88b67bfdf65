<?php
declare(strict_types=1);

namespace FsaPayments\Checkout;

use FsaPayments\Money;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** A WC_Order as the plain arrays that Basket takes. */
final class OrderReader {

	public static function read( WC_Order $order ): array {
		$items = array();
		foreach ( $order->get_items() as $id => $item ) {
			$product = $item->get_product();
			$items[] = array(
				'item_id'        => (int) $id,
				'title'          => wp_strip_all_tags( html_entity_decode( $item->get_name(), ENT_QUOTES, 'UTF-8' ) ),
				'quantity'       => (float) $item->get_quantity(),
				'subtotal_cents' => Money::cents( $item->get_subtotal() ),
				'total_cents'    => Money::cents( $item->get_total() ),
				'tax_cents'      => Money::cents( $item->get_total_tax() ),
				'product'        => $product ? (string) $product->get_meta( '_fsa_payments_product' ) : '',
				'sku'            => $product ? substr( (string) $product->get_sku(), 0, 64 ) : '',
				'gtin'           => $product ? self::gtin( $product ) : '',
			);
		}
		$fees = array();
		foreach ( $order->get_items( 'fee' ) as $id => $fee ) {
			$fees[] = array(
				'item_id'     => (int) $id,
				'title'       => wp_strip_all_tags( $fee->get_name() ),
				'total_cents' => Money::cents( $fee->get_total() ),
				'tax_cents'   => Money::cents( $fee->get_total_tax() ),
			);
		}
		$shipping = array();
		foreach ( $order->get_items( 'shipping' ) as $id => $rate ) {
			$shipping[] = array(
				'item_id'     => (int) $id,
				'total_cents' => Money::cents( $rate->get_total() ),
				'tax_cents'   => Money::cents( $rate->get_total_tax() ),
			);
		}
		return array(
			'items'       => $items,
			'fees'        => $fees,
			'shipping'    => $shipping,
			'total_cents' => Money::cents( $order->get_total() ),
		);
	}

	/** @param object $product a WC_Product */
	private static function gtin( $product ): string {
		$code = method_exists( $product, 'get_global_unique_id' ) ? (string) $product->get_global_unique_id() : '';
		$code = (string) preg_replace( '/[\s-]/', '', $code );
		return self::is_gtin( $code ) ? $code : '';
	}

	/** 8, 12, 13 or 14 digits whose last one fits: the API refuses others, and a typing error is no reason to lose a sale. */
	public static function is_gtin( string $code ): bool {
		if ( 1 !== preg_match( '/^(?:\d{8}|\d{12,14})$/', $code ) ) {
			return false;
		}
		$sum = 0;
		foreach ( array_reverse( str_split( substr( $code, 0, -1 ) ) ) as $at => $digit ) {
			$sum += (int) $digit * ( 0 === $at % 2 ? 3 : 1 );
		}
		return ( 10 - $sum % 10 ) % 10 === (int) substr( $code, -1 );
	}
}
