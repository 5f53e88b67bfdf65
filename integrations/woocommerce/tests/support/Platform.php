<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

use RuntimeException;
use WP_Error;

/**
 * The platform, as a shop of the tests meets it: answers are recordings of the live API (`recordings/*.json`, written and compared by
 * the platform's own tests), every call is kept, and a call that no test foresaw is a failure. Nothing reaches a network.
 */
final class Platform {

	public const BASE = 'https://platform.example.test';

	/** @var array[] what is to be answered: method, path pattern, answers */
	private static $script = array();

	/** @var array[] calls that were made: method, path, query, headers, body, timeout */
	private static $calls = array();

	public static function reset(): void {
		self::$script = array();
		self::$calls  = array();
	}

	/**
	 * Answers calls of a path (`*` stands for one part of it). Several answers are given in turn, the last one from then on.
	 *
	 * @param mixed ...$answers a recording's name, array( status, body, headers ), a WP_Error, or a function( call ) that gives one of these
	 */
	public static function on( string $method, string $path, ...$answers ): void {
		array_unshift( self::$script, array( 'method' => $method, 'path' => $path, 'answers' => $answers ) );
	}

	/** Nobody answers: as a cut cable. */
	public static function is_down( string $message = 'cURL error 7: Failed to connect' ): void {
		self::$script = array();
		foreach ( array( 'GET', 'POST', 'PATCH', 'DELETE' ) as $method ) {
			self::on( $method, '**', new WP_Error( 'http_request_failed', $message ) );
		}
	}

	/** Calls that were made, of one path where it is given. */
	public static function calls( string $method = '', string $path = '' ): array {
		return array_values(
			array_filter(
				self::$calls,
				static function ( array $call ) use ( $method, $path ): bool {
					return ( '' === $method || $call['method'] === $method ) && ( '' === $path || self::fits( $path, $call['path'] ) );
				}
			)
		);
	}

	/** The body of a recorded answer, with some fields exchanged. */
	public static function body( string $recording, array $changes = array() ): array {
		return array_replace_recursive( self::recording( $recording )['response']['body'], $changes );
	}

	/** @return array{request: array, response: array} */
	public static function recording( string $name ): array {
		$file = dirname( __DIR__ ) . "/recordings/$name.json";
		if ( ! is_file( $file ) ) {
			throw new RuntimeException( "There is no recording $name." );
		}
		return (array) json_decode( (string) file_get_contents( $file ), true );
	}

	/** @param mixed $answer what a filter before said */
	public static function intercept( $answer, array $args, string $url ) {
		$parts = wp_parse_url( $url );
		$call  = array(
			'method'  => $args['method'] ?? 'GET',
			'path'    => $parts['path'] ?? '/',
			'query'   => $parts['query'] ?? '',
			'host'    => $parts['host'] ?? '',
			'headers' => array_change_key_case( (array) ( $args['headers'] ?? array() ) ),
			'body'    => isset( $args['body'] ) && is_string( $args['body'] ) ? json_decode( $args['body'], true ) : ( $args['body'] ?? null ),
			'raw'     => $args['body'] ?? '',
			'timeout' => $args['timeout'] ?? null,
		);
		foreach ( self::$script as $at => $line ) {
			if ( $line['method'] === $call['method'] && self::fits( $line['path'], $call['path'] ) ) {
				self::$calls[] = $call;
				$said          = count( $line['answers'] ) > 1 ? array_shift( self::$script[ $at ]['answers'] ) : $line['answers'][0];
				return self::as_http( is_callable( $said ) && ! is_string( $said ) ? $said( $call ) : $said );
			}
		}
		if ( ! class_exists( \PHPUnit\Framework\TestCase::class, false ) ) {
			return new WP_Error( 'http_request_failed', 'A shop of the tests calls nobody.' );
		}
		if ( self::BASE !== ( $parts['scheme'] ?? '' ) . '://' . $call['host'] ) {
			return new WP_Error( 'http_request_failed', 'A shop of the tests calls nobody.' ); // WordPress asks its makers for news.
		}
		self::$calls[] = $call;
		throw new \PHPUnit\Framework\AssertionFailedError( "No test foresaw this call: {$call['method']} {$call['path']}" );
	}

	private static function fits( string $pattern, string $path ): bool {
		$pattern = str_replace( array( '\*\*', '\*' ), array( '.*', '[^/]+' ), preg_quote( $pattern, '#' ) );
		return 1 === preg_match( "#^$pattern$#", $path );
	}

	/** @param mixed $answer */
	private static function as_http( $answer ) {
		if ( $answer instanceof WP_Error ) {
			return $answer;
		}
		if ( is_string( $answer ) ) {
			$recorded = self::recording( $answer )['response'];
			$answer   = array( $recorded['status'], $recorded['body'], $recorded['headers'] ?? array() );
		}
		return array(
			'headers'  => $answer[2] ?? array(),
			'body'     => is_string( $answer[1] ) ? $answer[1] : (string) wp_json_encode( $answer[1] ),
			'response' => array( 'code' => $answer[0], 'message' => '' ),
			'cookies'  => array(),
			'filename' => null,
		);
	}
}
