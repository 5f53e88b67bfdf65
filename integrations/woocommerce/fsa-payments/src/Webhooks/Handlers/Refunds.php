<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks\Handlers;

use FsaPayments\Money;
use FsaPayments\Orders\Decision;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use FsaPayments\Webhooks\OrderLock;
use WC_Order;

defined( 'ABSPATH' ) || exit;

/** Refunds made elsewhere (the portal, another system) are written into the shop; those that failed are told. */
final class Refunds {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function handle( array $event ): void {
		$data  = $event['data'];
		$order = Meta::order_of( (string) ( $data['session'] ?? '' ), (string) ( $data['client_reference_id'] ?? '' ) );
		if ( ! $order ) {
			return;
		}
		OrderLock::run(
			$order->get_id(),
			function () use ( $order, $event, $data ) {
				$order = OrderLock::fresh_order( $order->get_id() );
				if ( ! $order || Decision::GIVE_BACK === Meta::applied( $order, (string) $data['session'] ) ) {
					return; // What came for an order that was over went back; the order never had it.
				}
				if ( 'refund.created' === $event['type'] && ! $this->is_known( $order, (string) $data['refund'] ) ) {
					$this->write( $order, $data );
				} elseif ( 'refund.failed' === $event['type'] ) {
					/* translators: %s: an amount */
					$note = sprintf( __( 'The card network did not give back %s of a refund. The money is on your balance again: refund it anew in the FSA platform’s portal.', 'fsa-payments' ), Money::dollars( (int) $data['failed_cents'] ) );
					$order->add_order_note( $note );
					Meta::tell( $order, $note );
				} elseif ( 'refund.succeeded' === $event['type'] ) {
					Meta::tell( $order, __( 'The card network took the refund.', 'fsa-payments' ) );
				}
				$session = (string) $order->get_meta( Meta::SESSION );
				$order->save();
				if ( '' !== $session ) {
					( new OrderSync( $this->services ) )->refresh( $order->get_id(), $session );
				}
			}
		);
	}

	private function is_known( WC_Order $order, string $id ): bool {
		foreach ( $order->get_refunds() as $refund ) {
			if ( $refund->get_meta( Meta::REFUND ) === $id ) {
				return true;
			}
		}
		return false;
	}

	private function write( WC_Order $order, array $data ): void {
		$cents = min( (int) $data['amount_cents'], Money::cents( $order->get_remaining_refund_amount() ) );
		if ( $cents <= 0 ) {
			return;
		}
		$refund = wc_create_refund(
			array(
				'order_id'       => $order->get_id(),
				'amount'         => Money::decimal( $cents ),
				'reason'         => __( 'Refunded in the FSA platform’s portal.', 'fsa-payments' ),
				'refund_payment' => false,
				'restock_items'  => false,
			)
		);
		if ( is_wp_error( $refund ) ) {
			$order->add_order_note( $refund->get_error_message() );
			return;
		}
		$refund->update_meta_data( Meta::REFUND, (string) $data['refund'] );
		$refund->update_meta_data( Meta::TOLD, 'yes' );
		$refund->save();
		/* translators: %s: an amount */
		Meta::tell( $order, sprintf( __( '%s was refunded in the FSA platform’s portal.', 'fsa-payments' ), Money::dollars( $cents ) ) );
	}
}
