<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Settings;
use WC_Product;

defined( 'ABSPATH' ) || exit;

/** What shoppers see beside products: from the cache alone, so no page waits. Where nothing is known, nothing is shown. */
final class Badges {

	private const HANDLE = 'fsa-payments-badges';

	/** @var Settings */
	private $settings;

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Settings $settings, Verdicts $verdicts ) {
		$this->settings = $settings;
		$this->verdicts = $verdicts;
	}

	public function register(): void {
		if ( 'yes' !== $this->settings->get( 'badges' ) || ! $this->settings->is_connected() || $this->settings->is_key_refused() ) {
			return; // Who is not connected hears of no change, and says nothing that may be untrue by now.
		}
		add_action( 'wp_enqueue_scripts', array( $this, 'enqueue' ) );
		add_action( 'woocommerce_after_shop_loop_item_title', array( $this, 'in_loop' ), 11 );
		add_action( 'woocommerce_single_product_summary', array( $this, 'on_product' ), 12 );
		add_filter( 'render_block_woocommerce/product-price', array( $this, 'after_price_block' ), 10, 3 );
		add_filter( 'woocommerce_available_variation', array( $this, 'for_variation' ), 10, 3 );
		add_filter( 'woocommerce_get_item_data', array( $this, 'in_cart' ), 10, 2 );
	}

	public function enqueue(): void {
		wp_enqueue_style( self::HANDLE, plugins_url( 'assets/css/badges.css', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION );
		if ( is_product() ) {
			wp_enqueue_script( self::HANDLE, plugins_url( 'assets/js/variation-badge.js', FSA_PAYMENTS_FILE ), array( 'jquery' ), FSA_PAYMENTS_VERSION, true );
		}
	}

	public function in_loop(): void {
		global $product;
		if ( $product instanceof WC_Product && ! self::is_block_theme() ) {
			echo wp_kses_post( $this->badge( $product ) );
		}
	}

	public function on_product(): void {
		global $product;
		if ( $product instanceof WC_Product && ! self::is_block_theme() ) {
			echo wp_kses_post( $this->line( $product ) );
		}
	}

	/**
	 * Themes made of blocks: behind each price.
	 *
	 * @param string|mixed $html
	 * @param array|mixed  $block
	 * @param object|mixed $instance
	 */
	public function after_price_block( $html, $block, $instance ): string {
		$id      = is_object( $instance ) ? (int) ( $instance->context['postId'] ?? 0 ) : 0;
		$product = $id && self::is_block_theme() ? wc_get_product( $id ) : null;
		if ( ! $product || '' === (string) $html ) {
			return (string) $html;
		}
		$is_page = is_product() && get_queried_object_id() === $id;
		$align   = (string) ( is_array( $block ) ? ( $block['attrs']['textAlign'] ?? '' ) : '' );
		return $html . ( $is_page ? $this->line( $product ) : $this->badge( $product, in_array( $align, array( 'center', 'right' ), true ) ? " has-text-align-$align" : '' ) );
	}

	/** @param array|mixed $data what the page is told of a variation */
	public function for_variation( $data, $parent, $variation ): array {
		$data = (array) $data;
		if ( $variation instanceof WC_Product ) {
			$data['fsa_payments_badge'] = $this->told( $variation->get_id() );
		}
		return $data;
	}

	/** Under the item's name in the cart, of blocks and classic, in the small cart and at checkout; never kept with the order. */
	public function in_cart( $data, $item ): array {
		$data  = (array) $data;
		$unit  = is_array( $item ) ? (int) ( ! empty( $item['variation_id'] ) ? $item['variation_id'] : ( $item['product_id'] ?? 0 ) ) : 0;
		$label = $unit ? Words::short_label( $this->verdicts->shown( $unit ) ) : '';
		if ( '' !== $label ) {
			$data[] = array( 'key' => __( 'FSA/HSA', 'fsa-payments' ), 'value' => $label, 'display' => $label );
		}
		return $data;
	}

	/** Pure: what holds for all of them, or that it depends; nothing where no card pays for any. @param string[] $statuses */
	public static function of_all( array $statuses ): string {
		$labels = array_unique( array_map( array( Words::class, 'label' ), $statuses ) );
		if ( 1 === count( $labels ) && '' !== reset( $labels ) ) {
			return Words::shop_badge( (string) reset( $statuses ) );
		}
		return count( $labels ) < 2 ? '' : '<span class="fsa-payments-badge fsa-payments-is-some">' . esc_html__( 'Some options are FSA/HSA eligible', 'fsa-payments' ) . '</span>';
	}

	private function badge( WC_Product $product, string $more = '' ): string {
		$html = $product->is_type( array( 'variable', 'variable-subscription' ) )
			? self::of_all( array_map( array( $this->verdicts, 'shown' ), array_map( 'intval', $product->get_children() ) ) )
			: Words::shop_badge( $this->verdicts->shown( $product->get_id() ) );
		return '' === $html ? '' : '<p class="fsa-payments-badge-line' . esc_attr( $more ) . '">' . $html . '</p>';
	}

	/** With the reason, on the product's own page. A variable product has the place even while it is empty. */
	private function line( WC_Product $product ): string {
		if ( ! $product->is_type( array( 'variable', 'variable-subscription' ) ) ) {
			$told = $this->told( $product->get_id() );
			return '' === $told ? '' : '<div class="fsa-payments-product">' . $told . '</div>';
		}
		return '<div class="fsa-payments-product" data-fsa-payments-variations aria-live="polite">' . $this->badge( $product ) . '</div>';
	}

	private function told( int $id ): string {
		$verdict = $this->verdicts->of( $id );
		$badge   = Words::shop_badge( $this->verdicts->shown( $id ) );
		return '' === $badge ? '' : '<p class="fsa-payments-badge-line">' . $badge . '</p><p class="fsa-payments-reason">' . esc_html( (string) $verdict['reason'] ) . '</p>';
	}

	private static function is_block_theme(): bool {
		return function_exists( 'wp_is_block_theme' ) && wp_is_block_theme();
	}
}
