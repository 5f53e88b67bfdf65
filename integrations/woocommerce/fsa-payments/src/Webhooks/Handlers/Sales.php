<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks\Handlers;

use FsaPayments\Money;
use FsaPayments\Orders\Meta;
use FsaPayments\Orders\OrderSync;
use FsaPayments\Services;
use FsaPayments\Webhooks\OrderLock;

defined( 'ABSPATH' ) || exit;

/** Something happened to a session or its payment: the order is brought to where the session is now. */
final class Sales {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function handle( array $event ): void {
		$data    = $event['data'];
		$session = (string) ( $data['session'] ?? '' );
		$order   = Meta::order_of( $session, (string) ( $data['client_reference_id'] ?? '' ) );
		if ( ! $order ) {
			return; // Another shop's or a payment link's: the same account may sell elsewhere.
		}
		$note = self::note( (string) $event['type'], $data );
		// One lock around both, so that the note is written on the order as it is and no other message's line is lost.
		OrderLock::run(
			$order->get_id(),
			function () use ( $order, $session, $note ) {
				$fresh = ( new OrderSync( $this->services ) )->refresh( $order->get_id(), $session );
				if ( $fresh && '' !== $note ) {
					$fresh->add_order_note( $note );
					Meta::tell( $fresh, $note );
					$fresh->save();
				}
			}
		);
	}

	/** What the owner is told beside the order's state. */
	private static function note( string $type, array $data ): string {
		switch ( $type ) {
			case 'payment.failed':
				/* translators: %s: why, in the platform's words */
				return sprintf( __( 'An attempt to pay failed; nothing stays charged. %s', 'fsa-payments' ), (string) ( $data['message'] ?? '' ) );
			case 'payment.hold_expiring':
				/* translators: 1: an amount, 2: a date and time */
				return sprintf( __( '%1$s is held for this order only until %2$s. Complete the order, or capture what you have shipped.', 'fsa-payments' ), Money::dollars( (int) ( $data['held_cents'] ?? 0 ) ), (string) ( $data['ends_at'] ?? '' ) );
			case 'payment.rest_released':
				/* translators: %s: an amount */
				return sprintf( __( '%s that was held and not taken went back to the cards.', 'fsa-payments' ), Money::dollars( (int) ( $data['released_cents'] ?? 0 ) ) );
			case 'payment.letter_approved':
				return __( 'The letter of medical necessity came: the benefit card pays.', 'fsa-payments' );
			case 'payment.letter_refused':
				return __( 'The letter of medical necessity was refused.', 'fsa-payments' );
			case 'payment.letter_late':
				return __( 'No letter of medical necessity came in time.', 'fsa-payments' );
			case 'payment.reauthorisation_failed':
				/* translators: %s: a date and time */
				return sprintf( __( 'A hold could not be renewed: the letter must come before %s.', 'fsa-payments' ), (string) ( $data['deadline_at'] ?? '' ) );
		}
		return '';
	}
}
