<?php
declare(strict_types=1);

namespace FsaPayments;

defined( 'ABSPATH' ) || exit;

/**
 * What the owner set and what the connection found out, in one option that is not loaded with every page. Whether the shop is in
 * test or live mode is never set by hand: the key says so, and a test key in a live shop cannot be passed off as a live one.
 */
final class Settings {

	public const OPTION = 'fsa_payments_settings';

	/** Where the platform is, unless the owner (or FSA_PAYMENTS_API_BASE in wp-config.php) says otherwise. */
	public const DEFAULT_BASE = 'https://api.fsa-platform.example';

	public const DEFAULTS = array(
		'enabled'          => 'no',
		'title'            => '',
		'description'      => '',
		'api_base'         => '',
		'secret_key'       => '',
		'publishable_key'  => '',
		'webhook_endpoint' => '',
		'webhook_secret'   => '',
		'webhook_old_secret' => '',
		'webhook_old_until' => 0,
		'webhook_url'      => '',
		'webhook_trouble'  => '',
		'checked_at'       => 0,
		'account'          => array(),
		'capture'          => 'automatic',
		'logging'          => 'no',
		'key_refused'      => '',
		'badges'           => 'yes',
		'cart_preview'     => 'yes',
	);

	/** @return mixed */
	public function get( string $name ) {
		$stored = get_option( self::OPTION, array() );
		$stored = is_array( $stored ) ? $stored : array();
		return $stored[ $name ] ?? ( self::DEFAULTS[ $name ] ?? null );
	}

	/** @param mixed $value */
	public function set( string $name, $value ): void {
		$this->update( array( $name => $value ) );
	}

	public function update( array $values ): void {
		$stored = get_option( self::OPTION, array() );
		$stored = is_array( $stored ) ? $stored : array();
		update_option( self::OPTION, array_merge( $stored, $values ), false );
	}

	public function secret_key(): string {
		$fixed = defined( 'FSA_PAYMENTS_SECRET_KEY' ) ? (string) constant( 'FSA_PAYMENTS_SECRET_KEY' ) : '';
		return '' !== $fixed ? $fixed : (string) $this->get( 'secret_key' );
	}

	public function publishable_key(): string {
		return (string) $this->get( 'publishable_key' );
	}

	public function api_base(): string {
		$base = defined( 'FSA_PAYMENTS_API_BASE' ) ? (string) constant( 'FSA_PAYMENTS_API_BASE' ) : (string) $this->get( 'api_base' );
		return rtrim( '' !== $base ? $base : self::DEFAULT_BASE, '/' );
	}

	/** `test`, `live`, or nothing while there is no key that could say. */
	public function mode(): string {
		return self::mode_of( $this->secret_key() );
	}

	public static function mode_of( string $key ): string {
		return 1 === preg_match( '/^(?:sk|rk)_(test|live)_[A-Za-z0-9]{8,}$/', $key, $found ) ? $found[1] : '';
	}

	/** There is a key, and the platform has taken it. */
	public function is_connected(): bool {
		return '' !== $this->mode() && '' !== (string) ( $this->account()['id'] ?? '' );
	}

	/** The key was refused since: nothing can be sold by it until the owner mends it. */
	public function is_key_refused(): bool {
		return '' !== (string) $this->get( 'key_refused' );
	}

	public function account(): array {
		$account = $this->get( 'account' );
		return is_array( $account ) ? $account : array();
	}

	public function webhook_secret(): string {
		return (string) $this->get( 'webhook_secret' );
	}

	/** The secrets that may have signed a message: the one in force, and the one before it for as long as they overlap. */
	public function webhook_secrets( int $now ): array {
		$secrets = array( $this->webhook_secret() );
		if ( (int) $this->get( 'webhook_old_until' ) > $now ) {
			$secrets[] = (string) $this->get( 'webhook_old_secret' );
		}
		return array_values( array_filter( $secrets ) );
	}

	public function is_capture_manual(): bool {
		return 'manual' === $this->get( 'capture' );
	}

	public function is_logging(): bool {
		return 'yes' === $this->get( 'logging' );
	}
}
