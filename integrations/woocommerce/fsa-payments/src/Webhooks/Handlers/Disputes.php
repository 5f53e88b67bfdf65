<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks\Handlers;

use FsaPayments\Money;
use FsaPayments\Orders\Meta;
use FsaPayments\Services;
use FsaPayments\Webhooks\OrderLock;

defined( 'ABSPATH' ) || exit;

/** A cardholder's bank disputes a charge: the order is flagged, and an order that is not shipped yet waits. */
final class Disputes {

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
			static function () use ( $order, $event, $data ) {
				$order = OrderLock::fresh_order( $order->get_id() );
				if ( ! $order ) {
					return;
				}
				$note = self::words( (string) $event['type'], $data );
				$order->update_meta_data(
					Meta::DISPUTE,
					array(
						'id'           => (string) ( $data['dispute'] ?? '' ),
						'status'       => (string) ( $data['status'] ?? '' ),
						'amount_cents' => (int) ( $data['amount_cents'] ?? 0 ),
						'due_at'       => (string) ( $data['due_at'] ?? '' ),
					)
				);
				Meta::tell( $order, $note );
				if ( 'dispute.opened' === $event['type'] && $order->has_status( 'processing' ) ) {
					$order->update_status( 'on-hold', $note );
				} else {
					$order->add_order_note( $note );
				}
				$order->save();
			}
		);
	}

	private static function words( string $type, array $data ): string {
		$amount = Money::dollars( (int) ( $data['amount_cents'] ?? 0 ) );
		switch ( $type ) {
			case 'dispute.opened':
				/* translators: 1: an amount, 2: the bank's reason, 3: a date */
				return sprintf( __( 'A card’s bank disputes %1$s: %2$s. Answer by %3$s in the FSA platform’s portal; do not ship before.', 'fsa-payments' ), $amount, (string) ( $data['reason'] ?? '' ), (string) ( $data['due_at'] ?? '' ) );
			case 'dispute.due_soon':
				/* translators: 1: an amount, 2: a date */
				return sprintf( __( 'The dispute about %1$s must be answered by %2$s.', 'fsa-payments' ), $amount, (string) ( $data['due_at'] ?? '' ) );
			case 'dispute.submitted':
				return __( 'The dispute is answered; the bank decides.', 'fsa-payments' );
			case 'dispute.won':
				/* translators: %s: an amount */
				return sprintf( __( 'The dispute is won: %s is yours again.', 'fsa-payments' ), $amount );
			case 'dispute.lost':
			case 'dispute.accepted':
			case 'dispute.expired':
				/* translators: %s: an amount */
				return sprintf( __( 'The dispute is lost: %s stays with the cardholder.', 'fsa-payments' ), $amount );
		}
		return __( 'There is news of a dispute.', 'fsa-payments' );
	}
}
