<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Settings;
use WC_Cart;

defined( 'ABSPATH' ) || exit;

/**
 * “$37.63 on your FSA/HSA card, $73.37 on another”, in the cart. Asked of the platform at most once a minute for one content, and
 * for two seconds; where no answer comes, nothing is shown and nobody waits again for that minute.
 */
final class CartPreview {

	public const NAME = 'fsa-payments';

	private const TIMEOUT = 2;

	/** @var Settings */
	private $settings;

	/** @var Client */
	private $client;

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Settings $settings, Client $client, Verdicts $verdicts ) {
		$this->settings = $settings;
		$this->client   = $client;
		$this->verdicts = $verdicts;
	}

	public function register(): void {
		if ( 'yes' !== $this->settings->get( 'cart_preview' ) ) {
			return;
		}
		add_action( 'woocommerce_cart_totals_after_order_total', array( $this, 'in_classic_cart' ) );
		add_action( 'woocommerce_review_order_after_order_total', array( $this, 'in_classic_cart' ) );
		add_action( 'woocommerce_blocks_loaded', array( $this, 'extend_store_api' ) );
		if ( did_action( 'woocommerce_blocks_loaded' ) ) {
			$this->extend_store_api();
		}
		add_action( 'wp_enqueue_scripts', array( $this, 'register_script' ) );
		foreach ( array( 'cart', 'checkout' ) as $block ) {
			add_action( "woocommerce_blocks_enqueue_{$block}_block_scripts_after", array( $this, 'enqueue' ) );
		}
	}

	public function in_classic_cart(): void {
		$words = $this->words();
		if ( $words ) {
			echo '<tr class="fsa-payments-split-row"><td colspan="2">' . wp_kses_post( self::html( $words ) ) . '</td></tr>';
		}
	}

	public function extend_store_api(): void {
		if ( ! function_exists( 'woocommerce_store_api_register_endpoint_data' ) ) {
			return;
		}
		woocommerce_store_api_register_endpoint_data(
			array(
				'endpoint'        => 'cart',
				'namespace'       => self::NAME,
				'data_callback'   => array( $this, 'words' ),
				'schema_callback' => static function (): array {
					return array(
						'lines' => array(
							'description' => __( 'How the cart would be paid, for people; empty where nobody can tell.', 'fsa-payments' ),
							'type'        => 'array',
							'items'       => array( 'type' => 'string' ),
							'readonly'    => true,
						),
					);
				},
				'schema_type'     => ARRAY_A,
			)
		);
	}

	public function register_script(): void {
		wp_register_script( 'fsa-payments-cart', plugins_url( 'assets/js/cart-preview.js', FSA_PAYMENTS_FILE ), array( 'wc-blocks-checkout', 'wp-element', 'wp-plugins' ), FSA_PAYMENTS_VERSION, true );
	}

	public function enqueue(): void {
		wp_enqueue_script( 'fsa-payments-cart' );
	}

	/** @return array `lines`, as texts; empty where there is nothing to tell */
	public function words(): array {
		$parts = function_exists( 'WC' ) && WC()->cart instanceof WC_Cart ? $this->parts( WC()->cart ) : null;
		return $parts ? array( 'lines' => self::lines( $parts ) ) : array();
	}

	/** @return string[] */
	public static function lines( array $parts ): array {
		$money = static function ( int $cents ): string {
			return html_entity_decode( wp_strip_all_tags( wc_price( $cents / 100 ) ), ENT_QUOTES, 'UTF-8' );
		};
		$lines = array();
		if ( $parts['eligible'] > 0 && 0 === $parts['other'] ) {
			$lines[] = __( 'All of it on your FSA/HSA card', 'fsa-payments' );
		} elseif ( $parts['eligible'] > 0 ) {
			/* translators: 1: an amount such as $37.63, 2: the rest of the cart */
			$lines[] = sprintf( __( '%1$s on your FSA/HSA card, %2$s on another', 'fsa-payments' ), $money( $parts['eligible'] ), $money( $parts['other'] ) );
		}
		if ( $parts['letter'] > 0 ) {
			/* translators: %s: an amount such as $12.00 */
			$lines[] = sprintf( $lines ? __( '%s more with a letter or prescription', 'fsa-payments' ) : __( '%s on your FSA/HSA card with a letter or prescription', 'fsa-payments' ), $money( $parts['letter'] ) );
		}
		return $lines;
	}

	private static function html( array $words ): string {
		return '<div class="fsa-payments-split">' . implode( '', array_map( static function ( string $line ): string {
			return '<p>' . esc_html( $line ) . '</p>';
		}, $words['lines'] ) ) . '</div>';
	}

	private function parts( WC_Cart $cart ): ?array {
		if ( ! $this->settings->is_connected() || $this->settings->is_key_refused() || 'USD' !== get_woocommerce_currency() || $cart->is_empty() ) {
			return null;
		}
		$body = $this->body( $cart );
		if ( ! $body || ! array_column( $body['line_items'], 'product' ) ) {
			return null; // no product that the platform knows: nobody needs to be asked
		}
		$place = 'fsa_payments_split_' . md5( $this->settings->api_base() . wp_json_encode( $body ) );
		$known = get_transient( $place );
		if ( ! is_array( $known ) ) {
			try {
				$known = $this->client->post( 'public/split', $body, '', array( 'timeout' => self::TIMEOUT, 'retry' => false, 'counts' => false ) );
			} catch ( ApiException $error ) {
				$known = array();
			}
			set_transient( $place, $known, MINUTE_IN_SECONDS );
		}
		return Split::parts( $known, (float) $cart->get_total( 'edit' ) );
	}

	private function body( WC_Cart $cart ): array {
		$lines = array();
		foreach ( $cart->get_cart() as $item ) {
			$unit    = (int) ( ! empty( $item['variation_id'] ) ? $item['variation_id'] : $item['product_id'] );
			$lines[] = array(
				'product' => $this->verdicts->product( $unit ),
				'title'   => $item['data'] instanceof \WC_Product ? $item['data']->get_name() : '',
				'total'   => $item['line_total'] ?? 0,
				'tax'     => $item['line_tax'] ?? 0,
			);
		}
		$fees = array();
		foreach ( $cart->get_fees() as $fee ) {
			$fees[ $fee->name ] = ( $fees[ $fee->name ] ?? 0 ) + (float) $fee->total + (float) $fee->tax;
		}
		return Split::body( $lines, (float) $cart->get_shipping_total() + (float) $cart->get_shipping_tax(), $fees );
	}
}
