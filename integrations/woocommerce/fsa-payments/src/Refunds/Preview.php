<?php
declare(strict_types=1);

namespace FsaPayments\Refunds;

use FsaPayments\Api\ApiException;
use FsaPayments\Money;
use FsaPayments\Orders\Meta;
use FsaPayments\Services;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** Before the refund button is pressed: which card gets how much, and why. */
final class Preview {

	private const ACTION = 'fsa_payments_refund_preview';

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'woocommerce_create_refund', array( Refunder::class, 'remember' ) );
		add_action( 'wp_ajax_' . self::ACTION, array( $this, 'answer' ) );
		add_action( 'woocommerce_order_item_add_action_buttons', array( $this, 'load' ) );
	}

	/** @param WC_Order|mixed $order whose screen it is */
	public function load( $order ): void {
		if ( ! $order instanceof WC_Order || '' === (string) $order->get_meta( Meta::PAYMENT ) ) {
			return;
		}
		wp_enqueue_script( 'fsa-payments-refund', plugins_url( 'assets/js/refund.js', FSA_PAYMENTS_FILE ), array( 'jquery' ), FSA_PAYMENTS_VERSION, true );
		wp_localize_script(
			'fsa-payments-refund',
			'fsaPaymentsRefund',
			array(
				'url'     => admin_url( 'admin-ajax.php' ),
				'action'  => self::ACTION,
				'nonce'   => wp_create_nonce( self::ACTION ),
				'order'   => $order->get_id(),
				'asking'  => __( 'Asking which card gets what…', 'fsa-payments' ),
				'heading' => __( 'Goes back to', 'fsa-payments' ),
				'failed'  => __( 'The preview could not be made; the refund itself may still work.', 'fsa-payments' ),
			)
		);
	}

	public function answer(): void {
		check_ajax_referer( self::ACTION, 'nonce' );
		if ( ! current_user_can( 'edit_shop_orders' ) ) {
			wp_send_json_error( array( 'message' => __( 'You may not refund orders.', 'fsa-payments' ) ), 403 );
		}
		$order = wc_get_order( isset( $_POST['order'] ) ? absint( $_POST['order'] ) : 0 );
		if ( ! $order instanceof WC_Order ) {
			wp_send_json_error( array( 'message' => __( 'There is no such order.', 'fsa-payments' ) ), 404 );
		}
		$cents = Money::cents( wc_format_decimal( isset( $_POST['amount'] ) ? sanitize_text_field( wp_unslash( $_POST['amount'] ) ) : '0' ) );
		$typed = isset( $_POST['items'] ) ? json_decode( sanitize_text_field( wp_unslash( $_POST['items'] ) ), true ) : array();
		$wish  = Allocation::wish( $cents, self::asked( $order, is_array( $typed ) ? $typed : array() ), Meta::list( $order, Meta::LINES ), Meta::list( $order, Meta::SPLIT ) );
		try {
			$preview = $this->services->client()->post( 'refunds/preview', array( 'payment' => (string) $order->get_meta( Meta::PAYMENT ) ) + $wish );
			wp_send_json_success( self::told( $preview ) );
		} catch ( ApiException $refused ) {
			wp_send_json_error( array( 'message' => Refunder::words_for( $refused ) ), 200 );
		}
	}

	/** @param array $typed order item id => decimal text with tax */
	private static function asked( WC_Order $order, array $typed ): array {
		$asked = array();
		foreach ( $typed as $id => $amount ) {
			$item = $order->get_item( absint( $id ) );
			if ( $item ) {
				$asked[ absint( $id ) ] = array(
					'type'  => $item->get_type(),
					'cents' => Money::cents( (string) $amount ),
				);
			}
		}
		return $asked;
	}

	/** What the screen shows of a preview. */
	public static function told( array $preview ): array {
		$legs = array();
		foreach ( $preview['legs'] as $leg ) {
			$legs[] = array(
				'card'   => (string) $leg['card'],
				'amount' => Money::dollars( (int) $leg['amount_cents'] ),
				'why'    => array_values( array_unique( array_column( $leg['line_items'], 'why' ) ) ),
			);
		}
		return array( 'legs' => $legs );
	}
}
