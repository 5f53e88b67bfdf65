<?php
declare(strict_types=1);

namespace FsaPayments\Orders;

use FsaPayments\Money;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/**
 * Items whose letter did not come leave the order: they were never charged. WooCommerce has no word for that but a refund, so one is
 * written that moves no money, and what is left of the order is what was paid.
 */
final class DroppedItems {

	public function leave( WC_Order $order, array $session ): void {
		$cents = (int) $session['letter_hold']['dropped_cents'];
		$lines = Meta::list( $order, Meta::LINES );
		$items = array();
		foreach ( $session['letter_hold']['dropped_line_items'] ?? array() as $position ) {
			$item = isset( $lines[ $position ] ) ? $order->get_item( (int) $lines[ $position ]['item_id'] ) : null;
			if ( ! $item ) {
				continue;
			}
			$items[ $item->get_id() ] = array(
				'qty'          => $item->get_quantity(),
				'refund_total' => Money::decimal( Money::cents( $item->get_total() ) ),
				'refund_tax'   => array_map( 'wc_format_decimal', $item->get_taxes()['total'] ?? array() ),
			);
		}
		$refund = wc_create_refund(
			array(
				'order_id'       => $order->get_id(),
				'amount'         => Money::decimal( $cents ),
				'reason'         => __( 'No letter of medical necessity came: never charged.', 'fsa-payments' ),
				'line_items'     => $items,
				'refund_payment' => false,
				'restock_items'  => true,
			)
		);
		if ( ! is_wp_error( $refund ) ) {
			$refund->update_meta_data( Meta::REFUND, 'dropped' );
			$refund->save();
		}
		/* translators: 1: number of items, 2: an amount */
		$order->add_order_note( sprintf( _n( 'No letter of medical necessity came: %1$d item left the order, %2$s was not charged. Do not ship it.', 'No letter of medical necessity came: %1$d items left the order, %2$s was not charged. Do not ship them.', count( $items ), 'fsa-payments' ), count( $items ), Money::dollars( $cents ) ) );
	}
}
