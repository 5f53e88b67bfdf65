<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use WC_Product;

defined( 'ABSPATH' ) || exit;

/**
 * A product or variation as the platform takes it. What is wrong in one field (a mistyped GTIN, a picture without https) is left out,
 * so that the product is judged by the rest.
 */
final class Item {

	private const MAX_SKU         = 64;
	private const MAX_TITLE       = 500;
	private const MAX_BRAND       = 120;
	private const MAX_CATEGORY    = 200;
	private const MAX_DESCRIPTION = 5000;
	private const MAX_ADDRESS     = 500;
	private const AVAILABILITY    = array( 'instock' => 'in_stock', 'outofstock' => 'out_of_stock', 'onbackorder' => 'backorder' );

	/** By what the platform knows it: its own SKU, or one made of its id that never changes. */
	public static function sku_of( WC_Product $product ): string {
		$sku = trim( (string) $product->get_sku( 'edit' ) );
		return '' === $sku || mb_strlen( $sku ) > self::MAX_SKU ? 'wc-' . $product->get_id() : $sku;
	}

	/** Field => text, all of them texts: one line of the file that is sent. */
	public static function of( WC_Product $product ): array {
		$parent = $product->get_parent_id() ? wc_get_product( $product->get_parent_id() ) : null;
		$whole  = $parent ? $parent : $product;
		$item   = array(
			'sku'          => self::sku_of( $product ),
			'title'        => mb_substr( self::title( $product, $whole ), 0, self::MAX_TITLE ),
			'brand'        => mb_substr( self::terms( $whole->get_id(), 'product_brand' ), 0, self::MAX_BRAND ),
			'gtin'         => self::gtin( is_callable( array( $product, 'get_global_unique_id' ) ) ? (string) $product->get_global_unique_id( 'edit' ) : '' ),
			'category'     => mb_substr( self::terms( $whole->get_id(), 'product_cat' ), 0, self::MAX_CATEGORY ),
			'description'  => mb_substr( self::plain( $product->get_description( 'edit' ) . ' ' . $whole->get_short_description( 'edit' ) . ' ' . ( $parent ? $parent->get_description( 'edit' ) : '' ) ), 0, self::MAX_DESCRIPTION ),
			'image_url'    => self::image( $product ),
			'product_url'  => self::address( (string) get_permalink( $whole->get_id() ) ),
			'availability' => self::AVAILABILITY[ $product->get_stock_status( 'edit' ) ] ?? '',
			'is_active'    => self::is_on_sale( $product, $whole ) ? 'true' : 'false',
		);
		$price = 'USD' === get_woocommerce_currency() ? self::cents( (string) $product->get_price( 'edit' ) ) : null;
		return null === $price ? $item : $item + array( 'price_cents' => (string) $price );
	}

	/** A change of it is a reason to send the product again. */
	public static function hash( array $item ): string {
		return md5( (string) wp_json_encode( $item ) );
	}

	/** Pure: the cents of a price as WooCommerce keeps it; null where there is none. */
	public static function cents( string $price ): ?int {
		return is_numeric( $price ) && (float) $price >= 0 && (float) $price < 1e9 ? (int) round( (float) $price * 100 ) : null;
	}

	/** Pure: the code without spaces and dashes where its check digit is right, else nothing. */
	public static function gtin( string $written ): string {
		$code = (string) preg_replace( '/[\s-]+/', '', $written );
		if ( 1 !== preg_match( '/^(\d{8}|\d{12,14})$/', $code ) || '' === trim( $code, '0' ) ) {
			return '';
		}
		$sum = 0;
		foreach ( array_reverse( str_split( substr( $code, 0, -1 ) ) ) as $place => $digit ) {
			$sum += (int) $digit * ( 0 === $place % 2 ? 3 : 1 );
		}
		return ( 10 - $sum % 10 ) % 10 === (int) substr( $code, -1 ) ? $code : '';
	}

	/** Pure: HTML as one line of text. */
	public static function plain( string $html ): string {
		$text = (string) preg_replace( '/\[[^\]]*\]|<[^>]*>/', ' ', (string) preg_replace( '/<(script|style)\b.*?<\/\1>/is', ' ', $html ) );
		return trim( (string) preg_replace( '/\s+/u', ' ', html_entity_decode( $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' ) ) );
	}

	/** A variation is told by its parent's title and what was chosen: “Sunscreen SPF 50, 3 oz”. */
	private static function title( WC_Product $product, WC_Product $whole ): string {
		$title = self::plain( $whole->get_name( 'edit' ) );
		if ( $product === $whole ) {
			return $title;
		}
		$chosen = array();
		foreach ( $product->get_attributes( 'edit' ) as $name => $value ) {
			if ( is_string( $value ) && '' !== $value ) {
				$term     = taxonomy_exists( (string) $name ) ? get_term_by( 'slug', $value, (string) $name ) : false;
				$chosen[] = self::plain( $term ? $term->name : $value );
			}
		}
		return implode( ', ', array_merge( array( $title ), $chosen ) );
	}

	private static function terms( int $id, string $taxonomy ): string {
		$terms = taxonomy_exists( $taxonomy ) ? get_the_terms( $id, $taxonomy ) : array();
		$names = is_array( $terms ) ? wp_list_pluck( $terms, 'name' ) : array();
		return self::plain( implode( ', ', array_diff( $names, array( 'Uncategorized' ) ) ) );
	}

	private static function image( WC_Product $product ): string {
		$address = $product->get_image_id() ? (string) wp_get_attachment_url( (int) $product->get_image_id() ) : '';
		return 0 === stripos( $address, 'https://' ) ? self::address( $address ) : '';
	}

	private static function address( string $address ): string {
		return strlen( $address ) <= self::MAX_ADDRESS ? $address : '';
	}

	private static function is_on_sale( WC_Product $product, WC_Product $whole ): bool {
		return 'publish' === $product->get_status( 'edit' ) && 'publish' === $whole->get_status( 'edit' );
	}
}
