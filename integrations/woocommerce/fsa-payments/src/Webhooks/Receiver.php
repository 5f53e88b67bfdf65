<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks;

use FsaPayments\Api\ApiException;
use FsaPayments\Log;
use FsaPayments\Services;
use FsaPayments\Webhooks\Handlers\Disputes;
use FsaPayments\Webhooks\Handlers\Refunds;
use FsaPayments\Webhooks\Handlers\Sales;

defined( 'ABSPATH' ) || exit;

/**
 * The door that the platform calls. The signature is checked over the raw bytes before anything is read; each event is handled once,
 * whoever brings it and however many at a time; what cannot be handled now is answered 503, and comes again.
 */
final class Receiver {

	/** What the plugin listens to; the endpoint is made with these. */
	public const EVENT_TYPES = array(
		'checkout.session.authorised', 'checkout.session.completed', 'checkout.session.cancelled', 'checkout.session.expired',
		'payment.captured', 'payment.failed', 'payment.voided', 'payment.rest_released', 'payment.hold_expiring',
		'payment.awaiting_letter', 'payment.letter_approved', 'payment.letter_refused', 'payment.letter_late', 'payment.reauthorisation_failed',
		'refund.created', 'refund.succeeded', 'refund.failed',
		'dispute.opened', 'dispute.due_soon', 'dispute.submitted', 'dispute.won', 'dispute.lost', 'dispute.accepted', 'dispute.expired',
		'product.eligibility_changed', 'eligibility.dispute_answered',
	);

	private const MAX_BYTES = 1048576;

	/** @var Services */
	private $services;

	/** @var Inbox */
	private $inbox;

	public function __construct( Services $services, ?Inbox $inbox = null ) {
		$this->services = $services;
		$this->inbox    = $inbox ?? new Inbox();
	}

	public function register(): void {
		add_action( 'woocommerce_api_' . FSA_PAYMENTS_ID, array( $this, 'receive' ) );
		add_action( 'fsa_payments_daily', array( $this->inbox, 'forget_old' ) );
	}

	public static function url(): string {
		return WC()->api_request_url( FSA_PAYMENTS_ID );
	}

	/** The hook of WooCommerce: reads the call, answers it, ends the request. */
	public function receive(): void {
		$body   = (string) file_get_contents( 'php://input', false, null, 0, self::MAX_BYTES + 1 );
		$status = $this->handle( self::header( 'webhook-id' ), self::header( 'webhook-timestamp' ), self::header( 'webhook-signature' ), $body );
		status_header( $status );
		nocache_headers();
		header( 'Content-Type: application/json' );
		if ( 503 === $status ) {
			header( 'Retry-After: 5' );
		}
		echo wp_json_encode( array( 'status' => $status ) );
		exit;
	}

	/**
	 * Returns the HTTP status: 200 handled, known or not for us; 400 unreadable; 401 not the platform's; 409 somebody is at it, come again;
	 * 503 it cannot be done now, come again (which lets the platform rest the whole endpoint, so it is not said for one busy order).
	 */
	public function handle( string $id, string $timestamp, string $signature, string $body ): int {
		$secrets = $this->services->settings()->webhook_secrets( time() );
		if ( strlen( $body ) > self::MAX_BYTES || ! Signature::is_valid( $secrets, $id, $timestamp, $signature, $body, time() ) ) {
			if ( ! get_transient( 'fsa_payments_refused' ) ) { // Anybody may send such; the log holds one a minute.
				set_transient( 'fsa_payments_refused', 1, MINUTE_IN_SECONDS );
				Log::warning( 'A webhook was refused: its signature does not fit.', array( 'event' => substr( $id, 0, 40 ) ) );
			}
			return 401;
		}
		$event = json_decode( $body, true );
		if ( ! is_array( $event ) || ( $event['id'] ?? '' ) !== $id || ! isset( $event['type'] ) || ! is_array( $event['data'] ?? null ) ) {
			return 400;
		}
		if ( ! $this->inbox->take( $id, (string) $event['type'] ) ) {
			return $this->inbox->is_handled( $id ) ? 200 : 409;
		}
		try {
			$this->dispatch( $event );
		} catch ( \Throwable $trouble ) {
			$this->inbox->give_back( $id );
			$is_passing = $trouble instanceof ApiException || $trouble instanceof LockBusy;
			$text       = "Event {$event['type']} comes again: {$trouble->getMessage()}";
			$is_passing ? Log::warning( $text, array( 'event' => $id ) ) : Log::error( $text, array( 'event' => $id ) );
			return $trouble instanceof LockBusy ? 409 : 503;
		}
		$this->inbox->handled( $id );
		return 200;
	}

	private function dispatch( array $event ): void {
		$type = (string) $event['type'];
		if ( 0 === strpos( $type, 'checkout.session.' ) || 0 === strpos( $type, 'payment.' ) ) {
			( new Sales( $this->services ) )->handle( $event );
		} elseif ( 0 === strpos( $type, 'refund.' ) ) {
			( new Refunds( $this->services ) )->handle( $event );
		} elseif ( 0 === strpos( $type, 'dispute.' ) ) {
			( new Disputes( $this->services ) )->handle( $event );
		}
		/** For other parts: 'fsa_payments_event_product.eligibility_changed' and so on, with the whole event. */
		do_action( 'fsa_payments_event_' . $type, $event );
	}

	private static function header( string $name ): string {
		$key = 'HTTP_' . strtoupper( str_replace( '-', '_', $name ) );
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized, WordPress.Security.ValidatedSanitizedInput.MissingUnslash -- compared, never shown.
		return isset( $_SERVER[ $key ] ) ? substr( (string) $_SERVER[ $key ], 0, 1000 ) : '';
	}
}
