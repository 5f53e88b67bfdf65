<?php
declare(strict_types=1);

namespace FsaPayments\Admin;

use FsaPayments\Api\ApiException;
use FsaPayments\Log;
use FsaPayments\Eligibility\Verdicts;
use FsaPayments\Services;
use FsaPayments\Settings;
use FsaPayments\Webhooks\Receiver;

defined( 'ABSPATH' ) || exit;

/**
 * Joins the shop to an account: the key is tried at once, the webhook's endpoint is made through the API and its signing secret kept.
 * Nobody copies an address or a secret by hand. Each deed returns a sentence for the owner, or throws ApiException.
 */
final class Connection {

	/** How long messages signed with the secret before are still taken after a renewal. */
	private const OVERLAP_HOURS = 24;

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	/** Why a text is no secret key, or nothing. Pure. */
	public static function objection( string $key ): string {
		if ( '' === $key ) {
			return __( 'Paste your secret key. You find it in the FSA platform’s portal, under API keys.', 'fsa-payments' );
		}
		if ( 0 === strpos( $key, 'pk_' ) ) {
			return __( 'This is a publishable key (pk_…). The shop needs the secret one (sk_…), from the same page of the portal.', 'fsa-payments' );
		}
		if ( 0 === strpos( $key, 'whsec_' ) ) {
			return __( 'This is a webhook’s signing secret. The shop needs the secret key (sk_…); it makes the webhook by itself.', 'fsa-payments' );
		}
		return '' === Settings::mode_of( $key ) ? __( 'This does not look like a secret key: it begins with sk_test_ or sk_live_.', 'fsa-payments' ) : '';
	}

	/** Tries the key, makes the webhook, keeps both. */
	public function connect( string $key, string $publishable_key = '' ): string {
		$settings = $this->services->settings();
		$account  = $this->services->client()->get( 'account', array(), array( 'key' => $key ) );
		$before   = (string) ( $settings->account()['id'] ?? '' );
		if ( '' !== $before && $before !== (string) $account['id'] ) {
			$this->remove_endpoint();
		}
		if ( $before !== (string) $account['id'] ) {
			( new Verdicts() )->forget_all(); // Another account knows neither these products nor these verdicts.
		}
		$settings->update(
			array(
				'secret_key'      => $key,
				'publishable_key' => '' !== $publishable_key ? $publishable_key : (string) ( $before === (string) $account['id'] ? $settings->publishable_key() : '' ),
				'account'         => $account,
				'key_refused'     => '',
				'checked_at'      => time(),
			)
		);
		if ( '' === $before ) {
			$settings->set( 'enabled', 'yes' );
		}
		/* translators: 1: the merchant's name, 2: test or live */
		$told = sprintf( __( 'Connected to %1$s in %2$s mode.', 'fsa-payments' ), (string) $account['name'], (string) $account['mode'] );
		return $told . ' ' . $this->ensure_endpoint();
	}

	/** Makes or mends the endpoint; a refusal is told, and the shop stays connected: the thank-you page asks by itself. */
	public function ensure_endpoint(): string {
		$settings = $this->services->settings();
		try {
			if ( $this->has_endpoint() ) {
				$settings->set( 'webhook_trouble', '' );
				return __( 'The webhook is in place.', 'fsa-payments' );
			}
			$this->make_endpoint();
			return __( 'The webhook was made.', 'fsa-payments' );
		} catch ( ApiException $refused ) {
			$settings->set( 'webhook_trouble', $refused->getMessage() );
			/* translators: %s: why, in the platform's words */
			return sprintf( __( 'The webhook could not be made: %s', 'fsa-payments' ), $refused->getMessage() );
		}
	}

	/** The endpoint that we know is still there, at this address, and we know its secret. */
	private function has_endpoint(): bool {
		$settings = $this->services->settings();
		$known    = (string) $settings->get( 'webhook_endpoint' );
		if ( '' === $known || '' === $settings->webhook_secret() || $settings->get( 'webhook_url' ) !== Receiver::url() ) {
			return false;
		}
		try {
			$endpoint = $this->services->client()->get( 'webhook_endpoints/' . rawurlencode( $known ) );
		} catch ( ApiException $refused ) {
			if ( 404 === $refused->http_status() ) {
				return false;
			}
			throw $refused;
		}
		if ( 'enabled' !== $endpoint['state'] || array_diff( Receiver::EVENT_TYPES, $endpoint['event_types'] ) ) {
			$this->services->client()->patch(
				'webhook_endpoints/' . rawurlencode( $known ),
				array(
					'state'       => 'enabled',
					'event_types' => Receiver::EVENT_TYPES,
				)
			);
		}
		return $endpoint['url'] === Receiver::url();
	}

	/** No idempotency key: a repeat's answer would come without the secret. */
	private function make_endpoint(): void {
		$endpoint = $this->services->client()->post(
			'webhook_endpoints',
			array(
				'url'         => Receiver::url(),
				'description' => 'WooCommerce',
				'event_types' => Receiver::EVENT_TYPES,
			)
		);
		$this->services->settings()->update(
			array(
				'webhook_endpoint'   => (string) $endpoint['id'],
				'webhook_secret'     => (string) $endpoint['secret'],
				'webhook_old_secret' => '',
				'webhook_old_until'  => 0,
				'webhook_url'        => Receiver::url(),
				'webhook_trouble'    => '',
			)
		);
	}

	/** Another signing secret; messages signed with the one before are taken for a day. */
	public function renew_secret(): string {
		$settings = $this->services->settings();
		$known    = (string) $settings->get( 'webhook_endpoint' );
		if ( '' === $known || ! $this->has_endpoint() ) {
			return $this->ensure_endpoint();
		}
		$endpoint = $this->services->client()->post( 'webhook_endpoints/' . rawurlencode( $known ) . '/rotate_secret', array( 'overlap_hours' => self::OVERLAP_HOURS ) );
		$settings->update(
			array(
				'webhook_old_secret' => $settings->webhook_secret(),
				'webhook_old_until'  => time() + self::OVERLAP_HOURS * HOUR_IN_SECONDS,
				'webhook_secret'     => (string) $endpoint['secret'],
			)
		);
		return __( 'The signing secret was renewed.', 'fsa-payments' );
	}

	/** The shop has another address than the webhook was made for. */
	public function is_moved(): bool {
		$made_for = (string) $this->services->settings()->get( 'webhook_url' );
		return '' !== $made_for && $made_for !== Receiver::url();
	}

	/** The same shop at a new address: its endpoint moves along. */
	public function move(): string {
		$settings = $this->services->settings();
		$known    = (string) $settings->get( 'webhook_endpoint' );
		try {
			$this->services->client()->patch( 'webhook_endpoints/' . rawurlencode( $known ), array( 'url' => Receiver::url() ) );
			$settings->set( 'webhook_url', Receiver::url() );
			return __( 'The webhook points to the new address.', 'fsa-payments' );
		} catch ( ApiException $refused ) {
			if ( 404 !== $refused->http_status() ) {
				throw $refused;
			}
			$settings->set( 'webhook_endpoint', '' );
			return $this->ensure_endpoint();
		}
	}

	/** A copy of the shop (staging): it forgets key and webhook, which stay with the original. */
	public function forget(): string {
		$this->services->settings()->update( self::nothing() );
		return __( 'This copy is disconnected; the original shop keeps its connection.', 'fsa-payments' );
	}

	public function disconnect(): string {
		if ( ! $this->is_moved() ) {
			$this->remove_endpoint();
		}
		$this->services->settings()->update( self::nothing() );
		return __( 'Disconnected. Orders that are paid already can be refunded in the FSA platform’s portal, or here after you connect again.', 'fsa-payments' );
	}

	/** Takes the endpoint away at the platform; where that fails, the platform pauses it by itself after some days. */
	private function remove_endpoint(): void {
		$known = (string) $this->services->settings()->get( 'webhook_endpoint' );
		if ( '' === $known ) {
			return;
		}
		try {
			$this->services->client()->delete( 'webhook_endpoints/' . rawurlencode( $known ) );
		} catch ( ApiException $refused ) {
			Log::warning( 'The webhook endpoint could not be removed.', array( 'code' => $refused->code_name() ) );
		}
		$this->services->settings()->update(
			array(
				'webhook_endpoint' => '',
				'webhook_secret'   => '',
				'webhook_url'      => '',
			)
		);
	}

	private static function nothing(): array {
		return array(
			'secret_key'         => '',
			'publishable_key'    => '',
			'account'            => array(),
			'key_refused'        => '',
			'webhook_endpoint'   => '',
			'webhook_secret'     => '',
			'webhook_old_secret' => '',
			'webhook_old_until'  => 0,
			'webhook_url'        => '',
			'webhook_trouble'    => '',
		);
	}

	/** Asks anew what the key opens: once a day, and when the owner wants to know. A key that works again is no longer refused. */
	public function check(): string {
		$settings = $this->services->settings();
		$account  = $this->services->client()->get( 'account' );
		$settings->update(
			array(
				'account'     => $account,
				'key_refused' => '',
				'checked_at'  => time(),
			)
		);
		/* translators: %s: the merchant's name */
		return sprintf( __( 'The key works: %s.', 'fsa-payments' ), (string) $account['name'] ) . ' ' . ( $this->is_moved() ? '' : $this->ensure_endpoint() );
	}
}
