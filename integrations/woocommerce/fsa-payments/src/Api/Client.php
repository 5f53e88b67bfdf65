<?php
declare(strict_types=1);

namespace FsaPayments\Api;

use FsaPayments\Log;
use FsaPayments\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Calls of the platform's API: decoded answers, or an ApiException. Options: `timeout` in seconds, `key` in place of the stored
 * one, `retry` (false: never twice). A call that is safe to repeat (a GET, or one with an idempotency key) is repeated once where
 * no connection came about. A refused key is noted in the settings, so that the gateway hides and the owner is told.
 */
class Client {

	public const VERSION = '2026-11-01';
	public const TIMEOUT = 15;
	public const QUICK   = 8;

	/** @var Settings */
	private $settings;

	/** @var Circuit */
	private $circuit;

	public function __construct( Settings $settings, ?Circuit $circuit = null ) {
		$this->settings = $settings;
		$this->circuit  = $circuit ?? new Circuit();
	}

	public function circuit(): Circuit {
		return $this->circuit;
	}

	public function get( string $path, array $query = array(), array $options = array() ): array {
		return $this->call( 'GET', self::with_query( $path, $query ), null, '', $options );
	}

	public function post( string $path, array $body = array(), string $idempotency_key = '', array $options = array() ): array {
		return $this->call( 'POST', $path, $body, $idempotency_key, $options );
	}

	/** A file as the body itself, such as lines of JSON. */
	public function post_file( string $path, string $text, string $type, string $idempotency_key, array $options = array() ): array {
		return $this->call( 'POST', $path, null, $idempotency_key, array( 'file' => array( $type, $text ) ) + $options );
	}

	public function patch( string $path, array $body, string $idempotency_key = '', array $options = array() ): array {
		return $this->call( 'PATCH', $path, $body, $idempotency_key, $options );
	}

	public function delete( string $path, string $idempotency_key = '', array $options = array() ): array {
		return $this->call( 'DELETE', $path, null, $idempotency_key, $options );
	}

	/** A value that is a list is repeated under its name, as the API reads it: ref=a&ref=b. */
	public static function with_query( string $path, array $query ): string {
		$parts = array();
		foreach ( $query as $name => $value ) {
			foreach ( is_array( $value ) ? $value : array( $value ) as $each ) {
				$parts[] = rawurlencode( (string) $name ) . '=' . rawurlencode( is_bool( $each ) ? ( $each ? 'true' : 'false' ) : (string) $each );
			}
		}
		return $parts ? $path . ( false === strpos( $path, '?' ) ? '?' : '&' ) . implode( '&', $parts ) : $path;
	}

	/** @param array|null $body what is sent as JSON; null sends nothing */
	private function call( string $method, string $path, ?array $body, string $idempotency_key, array $options ): array {
		if ( $this->circuit->is_open() ) {
			throw new ApiException( __( 'The FSA platform could not be reached several times in a row; it is asked again in half a minute.', 'fsa-payments' ), ApiException::CIRCUIT );
		}
		$key  = (string) ( $options['key'] ?? $this->settings->secret_key() );
		$args = array(
			'method'      => $method,
			'timeout'     => (int) ( $options['timeout'] ?? self::TIMEOUT ),
			'redirection' => 0,
			'cookies'     => array(),
			'headers'     => $this->headers( $key, $idempotency_key, null !== $body ),
		);
		if ( null !== $body ) {
			$args['body'] = array() === $body ? '{}' : (string) wp_json_encode( $body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
		}
		if ( isset( $options['file'] ) ) {
			list( $args['headers']['Content-Type'], $args['body'] ) = $options['file'];
		}
		$is_repeatable = ( 'POST' !== $method || '' !== $idempotency_key ) && false !== ( $options['retry'] ?? true );
		$url           = $this->settings->api_base() . '/v1/' . ltrim( $path, '/' );
		$answer        = wp_remote_request( $url, $args );
		if ( is_wp_error( $answer ) && $is_repeatable && ! self::is_timeout( $answer->get_error_message() ) ) {
			$answer = wp_remote_request( $url, $args );
		}
		if ( is_wp_error( $answer ) ) {
			if ( false !== ( $options['counts'] ?? true ) ) { // What the shop can do without says nothing about payments.
				$this->circuit->failed();
			}
			Log::warning( "$method " . self::without_query( $path ) . ' was not answered: ' . $answer->get_error_message() );
			throw new ApiException( __( 'The FSA platform cannot be reached at the moment.', 'fsa-payments' ), ApiException::UNREACHABLE );
		}
		return $this->read( $method, $path, $answer, ! isset( $options['key'] ) );
	}

	/** A repeat after a time-out would make the shopper wait twice. */
	private static function is_timeout( string $message ): bool {
		return false !== stripos( $message, 'timed out' ) || false !== stripos( $message, 'error 28' );
	}

	private static function without_query( string $path ): string {
		return (string) strtok( $path, '?' );
	}

	private function headers( string $key, string $idempotency_key, bool $has_body ): array {
		$headers = array(
			'Authorization' => "Bearer $key",
			'Accept'        => 'application/json',
			'Fsa-Version'   => self::VERSION,
			'User-Agent'    => self::user_agent(),
		);
		if ( $has_body ) {
			$headers['Content-Type'] = 'application/json';
		}
		if ( '' !== $idempotency_key ) {
			$headers['Idempotency-Key'] = $idempotency_key;
		}
		return $headers;
	}

	/** Versions only: the shop's address is not told with every call. */
	private static function user_agent(): string {
		$shop = defined( 'WC_VERSION' ) ? ' WooCommerce/' . WC_VERSION : '';
		return 'fsa-payments/' . FSA_PAYMENTS_VERSION . ' WordPress/' . get_bloginfo( 'version' ) . $shop . ' PHP/' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
	}

	/** @param array $answer of wp_remote_request */
	private function read( string $method, string $path, array $answer, bool $is_stored_key ): array {
		$status  = (int) wp_remote_retrieve_response_code( $answer );
		$text    = (string) wp_remote_retrieve_body( $answer );
		$decoded = '' === $text ? array() : json_decode( $text, true );
		if ( $status >= 200 && $status < 300 && is_array( $decoded ) ) {
			$this->circuit->succeeded();
			Log::info( "$method " . self::without_query( $path ) . " $status" );
			return $decoded;
		}
		$error = is_array( $decoded ) && isset( $decoded['error'] ) && is_array( $decoded['error'] ) ? $decoded['error'] : array();
		if ( in_array( $status, array( 502, 503, 504 ), true ) && ! $error ) {
			$this->circuit->failed();
		}
		$code      = (string) ( $error['code'] ?? "http_$status" );
		$request   = (string) ( $error['request_id'] ?? '' );
		$exception = new ApiException( (string) ( $error['message'] ?? self::silence( $status ) ), $code, $status, $request, $error );
		Log::warning( "$method " . self::without_query( $path ) . " $status $code $request" );
		if ( $is_stored_key && $exception->is_key_refused() ) {
			$this->settings->set( 'key_refused', $exception->getMessage() );
		}
		throw $exception;
	}

	private static function silence( int $status ): string {
		/* translators: %d: the HTTP status, such as 502 */
		return sprintf( __( 'The FSA platform answered with status %d and said no more.', 'fsa-payments' ), $status );
	}
}
