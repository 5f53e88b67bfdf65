<?php
declare(strict_types=1);

namespace FsaPayments\Admin;

use FsaPayments\Api\ApiException;
use FsaPayments\Money;
use FsaPayments\Orders\Capture;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use FsaPayments\Webhooks\LockBusy;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** Beside an order: who paid what, what each item was judged to be, the receipt, what happened when; and buttons for what is held. */
final class OrderPanel {

	private const ACTION = 'fsa_payments_order_deed';

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'add_meta_boxes', array( $this, 'add' ), 20, 2 );
		add_action( 'wp_ajax_' . self::ACTION, array( $this, 'act' ) );
	}

	/**
	 * @param string                  $screen
	 * @param WC_Order|\WP_Post|mixed $shown an order with HPOS, a post without
	 */
	public function add( $screen, $shown = null ): void {
		$order = self::order_of( $shown );
		if ( ! $order || ! function_exists( 'wc_get_page_screen_id' ) || wc_get_page_screen_id( 'shop-order' ) !== $screen || '' === (string) $order->get_meta( Meta::SESSION ) ) {
			return;
		}
		add_meta_box( 'fsa-payments-panel', __( 'FSA/HSA payment', 'fsa-payments' ), array( $this, 'show' ), $screen, 'side', 'high' );
		wp_enqueue_style( 'fsa-payments-admin', plugins_url( 'assets/css/admin.css', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION );
		wp_enqueue_script( 'fsa-payments-panel', plugins_url( 'assets/js/panel.js', FSA_PAYMENTS_FILE ), array( 'jquery' ), FSA_PAYMENTS_VERSION, true );
		wp_localize_script(
			'fsa-payments-panel',
			'fsaPaymentsPanel',
			array(
				'url'     => admin_url( 'admin-ajax.php' ),
				'action'  => self::ACTION,
				'nonce'   => wp_create_nonce( self::ACTION ),
				'order'   => $order->get_id(),
				'release' => __( 'Let go of everything that is held for this order? The order is cancelled.', 'fsa-payments' ),
				'failed'  => __( 'That did not work. Reload the page and try again.', 'fsa-payments' ),
			)
		);
	}

	/** @param WC_Order|\WP_Post|mixed $shown */
	private static function order_of( $shown ): ?WC_Order {
		$order = $shown instanceof WC_Order ? $shown : ( $shown instanceof \WP_Post ? wc_get_order( $shown->ID ) : null );
		return $order instanceof WC_Order ? $order : null;
	}

	/** @param WC_Order|\WP_Post|mixed $shown */
	public function show( $shown ): void {
		$order = self::order_of( $shown );
		if ( ! $order ) {
			return;
		}
		echo '<div class="fsa-payments-panel">';
		echo '<p><strong>' . esc_html( self::words_for( (string) $order->get_meta( Meta::STATUS ), (string) $order->get_meta( Meta::HELD ), $order ) ) . '</strong></p>';
		$this->show_dispute( $order );
		$this->show_cards( $order );
		$this->show_held( $order );
		$this->show_items( $order );
		$this->show_links( $order );
		$this->show_timeline( $order );
		echo '</div>';
	}

	/** What the session's state means here. */
	public static function words_for( string $status, string $held, WC_Order $order ): string {
		switch ( $status ) {
			case 'open':
			case 'requires_action':
				return __( 'The shopper has not paid yet.', 'fsa-payments' );
			case 'processing':
				return __( 'The shopper is paying at this moment.', 'fsa-payments' );
			case 'authorised':
				$time = strtotime( $held );
				$day  = $time ? wp_date( get_option( 'date_format' ), $time ) : $held;
				return Meta::waits_for_letter( $order )
					/* translators: %s: a date */
					? sprintf( __( 'Waits for a letter of medical necessity until %s. Nothing is taken yet.', 'fsa-payments' ), $day )
					/* translators: %s: a date */
					: sprintf( __( 'Held, not taken yet. It lapses on %s.', 'fsa-payments' ), $day );
			case 'complete':
				return __( 'Paid.', 'fsa-payments' );
			case 'expired':
				return __( 'Ended unpaid.', 'fsa-payments' );
			case 'cancelled':
				return __( 'Let go; nothing was taken.', 'fsa-payments' );
		}
		return __( 'Nothing is known yet.', 'fsa-payments' );
	}

	private function show_dispute( WC_Order $order ): void {
		$dispute = Meta::list( $order, Meta::DISPUTE );
		if ( $dispute ) {
			/* translators: 1: an amount, 2: the dispute's state */
			echo '<p class="fsa-payments-bad">' . esc_html( sprintf( __( 'Dispute about %1$s: %2$s', 'fsa-payments' ), Money::dollars( (int) $dispute['amount_cents'] ), (string) $dispute['status'] ) ) . '</p>';
		}
	}

	private function show_cards( WC_Order $order ): void {
		$tenders = Meta::list( $order, Meta::TENDERS );
		if ( ! $tenders ) {
			return;
		}
		echo '<h4>' . esc_html__( 'Cards', 'fsa-payments' ) . '</h4><table>';
		foreach ( $tenders as $tender ) {
			$captured = (int) ( $tender['captured_cents'] ?? 0 );
			$refunded = (int) ( $tender['refunded_cents'] ?? 0 );
			$held     = (int) ( $tender['held_cents'] ?? 0 );
			echo '<tr><th scope="row">' . esc_html( OrderSync::card( $tender ) );
			if ( $refunded > 0 ) {
				/* translators: %s: an amount */
				echo '<br><span class="soft">' . esc_html( sprintf( __( '%s went back', 'fsa-payments' ), Money::dollars( $refunded ) ) ) . '</span>';
			}
			echo '</th><td class="amount">' . esc_html( Money::dollars( $captured ) );
			if ( $held > 0 ) {
				/* translators: %s: an amount */
				echo '<br><span class="soft">' . esc_html( sprintf( __( '+ %s held', 'fsa-payments' ), Money::dollars( $held ) ) ) . '</span>';
			}
			echo '</td></tr>';
		}
		echo '</table>';
	}

	private function show_held( WC_Order $order ): void {
		if ( ! Capture::is_held( $order ) || ! current_user_can( 'edit_shop_orders' ) ) {
			return;
		}
		if ( ! Meta::waits_for_letter( $order ) ) {
			echo '<h4>' . esc_html__( 'Take what you ship', 'fsa-payments' ) . '</h4><table>';
			$shipped = Meta::list( $order, Meta::SHIPPED );
			foreach ( Meta::list( $order, Meta::SPLIT ) as $position => $line ) {
				$id   = 'fsa-units-' . (int) $position;
				$left = (int) $line['quantity'] - (int) ( $shipped[ $position ] ?? 0 );
				if ( $left <= 0 ) {
					continue;
				}
				echo '<tr><th scope="row"><label for="' . esc_attr( $id ) . '">' . esc_html( $line['title'] ) . '</label></th><td class="amount"><input type="number" id="' . esc_attr( $id ) . '" data-position="' . esc_attr( (string) (int) $position ) . '" min="0" max="' . esc_attr( (string) $left ) . '" step="1" value="0" class="small-text"> / ' . esc_html( (string) $left ) . '</td></tr>';
			}
			echo '</table>';
		}
		echo '<p class="fsa-payments-capture">';
		if ( ! Meta::waits_for_letter( $order ) ) {
			echo '<button type="button" class="button" data-fsa-deed="part">' . esc_html__( 'Take these units', 'fsa-payments' ) . '</button>';
			/* translators: %s: an amount */
			echo '<button type="button" class="button button-primary" data-fsa-deed="all">' . esc_html( sprintf( __( 'Take all that is held (%s)', 'fsa-payments' ), Money::dollars( Capture::held_cents( $order ) ) ) ) . '</button>';
		}
		echo '<button type="button" class="button-link button-link-delete" data-fsa-deed="release">' . esc_html__( 'Let go of it', 'fsa-payments' ) . '</button></p>';
		echo '<p class="fsa-payments-answer" role="status" hidden></p>';
	}

	private function show_items( WC_Order $order ): void {
		$lines = Meta::list( $order, Meta::SPLIT );
		if ( ! $lines ) {
			return;
		}
		$words = array(
			'eligible'     => __( 'eligible', 'fsa-payments' ),
			'letter'       => __( 'with a letter', 'fsa-payments' ),
			'rx'           => __( 'with a prescription', 'fsa-payments' ),
			'not_eligible' => __( 'not eligible', 'fsa-payments' ),
			'unknown'      => __( 'not known', 'fsa-payments' ),
		);
		echo '<h4>' . esc_html__( 'Items', 'fsa-payments' ) . '</h4><table>';
		foreach ( $lines as $line ) {
			$status = isset( $words[ $line['status'] ] ) ? $line['status'] : 'unknown';
			echo '<tr><th scope="row">' . esc_html( $line['title'] ) . '<br><span class="fsa-payments-verdict is-' . esc_attr( $status ) . '" title="' . esc_attr( $line['reason'] ) . '">' . esc_html( $words[ $status ] ) . '</span></th>'
				. '<td class="amount">' . esc_html( Money::dollars( (int) $line['total_cents'] ) ) . '</td></tr>';
		}
		echo '</table><p class="soft">' . esc_html__( 'With tax and each item’s share of shipping.', 'fsa-payments' ) . '</p>';
	}

	private function show_links( WC_Order $order ): void {
		$receipt = (string) $order->get_meta( Meta::RECEIPT );
		$portal  = (string) ( $this->services->settings()->account()['dashboard_url'] ?? '' );
		$links   = array();
		if ( '' !== $receipt ) {
			$links[] = '<a href="' . esc_url( $receipt ) . '" target="_blank" rel="noopener">' . esc_html__( 'Receipt', 'fsa-payments' ) . '</a>';
		}
		if ( '' !== $portal ) {
			$links[] = '<a href="' . esc_url( trailingslashit( $portal ) . 'sales/' . rawurlencode( (string) $order->get_meta( Meta::SESSION ) ) . '/' ) . '" target="_blank" rel="noopener">' . esc_html__( 'Sale in the portal', 'fsa-payments' ) . '</a>';
		}
		if ( $links ) {
			echo '<p>' . wp_kses_post( implode( ' · ', $links ) ) . '</p>';
		}
	}

	private function show_timeline( WC_Order $order ): void {
		$timeline = array_reverse( Meta::list( $order, Meta::TIMELINE ) );
		if ( ! $timeline ) {
			return;
		}
		echo '<h4>' . esc_html__( 'What happened', 'fsa-payments' ) . '</h4><ol>';
		foreach ( $timeline as $entry ) {
			echo '<li><time datetime="' . esc_attr( gmdate( 'c', (int) $entry['at'] ) ) . '">' . esc_html( wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), (int) $entry['at'] ) ) . '</time>' . esc_html( $entry['text'] ) . '</li>';
		}
		echo '</ol>';
	}

	/** A button of the panel: takes units, takes all, lets go. */
	public function act(): void {
		check_ajax_referer( self::ACTION, 'nonce' );
		if ( ! current_user_can( 'edit_shop_orders' ) ) {
			wp_send_json_error( array( 'message' => __( 'You may not change orders.', 'fsa-payments' ) ), 403 );
		}
		$order = wc_get_order( isset( $_POST['order'] ) ? absint( $_POST['order'] ) : 0 );
		$deed  = isset( $_POST['deed'] ) ? sanitize_key( wp_unslash( $_POST['deed'] ) ) : '';
		$typed = isset( $_POST['units'] ) ? json_decode( sanitize_text_field( wp_unslash( $_POST['units'] ) ), true ) : array();
		if ( ! $order instanceof WC_Order ) {
			wp_send_json_error( array( 'message' => __( 'There is no such order.', 'fsa-payments' ) ), 404 );
		}
		$units = array();
		foreach ( is_array( $typed ) ? $typed : array() as $position => $quantity ) {
			if ( absint( $quantity ) > 0 ) {
				$units[ absint( $position ) ] = absint( $quantity );
			}
		}
		if ( 'part' === $deed && ! $units ) {
			wp_send_json_error( array( 'message' => __( 'Say how many units of which item you ship.', 'fsa-payments' ) ) );
		}
		try {
			$capture = new Capture( $this->services );
			if ( 'release' === $deed ) {
				$capture->release( $order->get_id() );
			} else {
				$capture->take( $order->get_id(), 'part' === $deed ? $units : array() );
			}
			wp_send_json_success();
		} catch ( ApiException $refused ) {
			wp_send_json_error( array( 'message' => $refused->is_retryable() ? __( 'The FSA platform did not answer. Press once more: nothing is taken twice.', 'fsa-payments' ) : $refused->getMessage() ) );
		} catch ( LockBusy $busy ) {
			wp_send_json_error( array( 'message' => __( 'This order is being worked on. Try again in a moment.', 'fsa-payments' ) ) );
		}
	}
}
