<?php
declare(strict_types=1);

namespace FsaPayments;

defined( 'ABSPATH' ) || exit;

/**
 * WooCommerce's log, redacted: a basket of health goods is nobody's business, so titles, names, addresses, e-mails, links that
 * open a payment and keys are never written. `info` lines are written only where the owner switched detailed logging on.
 */
final class Log {

	private const SOURCE = 'fsa-payments';

	/** Names under which private things travel; their values are replaced whole. */
	private const PRIVATE_NAMES = array(
		'title', 'brand', 'name', 'first_name', 'last_name', 'email', 'shopper_email', 'phone', 'address', 'note', 'reason', 'url', 'secret',
		'secret_key', 'authorization', 'webhook_secret', 'line_items', 'sku', 'gtin', 'metadata', 'label', 'citation',
	);

	public static function info( string $message, array $context = array() ): void {
		if ( ( new Settings() )->is_logging() ) {
			self::write( 'info', $message, $context );
		}
	}

	public static function warning( string $message, array $context = array() ): void {
		self::write( 'warning', $message, $context );
	}

	public static function error( string $message, array $context = array() ): void {
		self::write( 'error', $message, $context );
	}

	private static function write( string $level, string $message, array $context ): void {
		if ( ! function_exists( 'wc_get_logger' ) ) {
			return;
		}
		$line = self::redacted( $message );
		if ( $context ) {
			$line .= ' ' . wp_json_encode( self::redact( $context ) );
		}
		wc_get_logger()->log( $level, $line, array( 'source' => self::SOURCE ) );
	}

	/** The same array without anything private in it. */
	public static function redact( array $context ): array {
		$clean = array();
		foreach ( $context as $name => $value ) {
			if ( is_string( $name ) && in_array( strtolower( $name ), self::PRIVATE_NAMES, true ) ) {
				$clean[ $name ] = '[redacted]';
			} elseif ( is_array( $value ) ) {
				$clean[ $name ] = self::redact( $value );
			} else {
				$clean[ $name ] = is_string( $value ) ? self::redacted( $value ) : $value;
			}
		}
		return $clean;
	}

	/** The text without keys, signing secrets, e-mail addresses and runs of digits that could be a card's number. */
	public static function redacted( string $text ): string {
		$text = (string) preg_replace( '/\b((?:sk|rk|pk)_(?:test|live)_|whsec_)[A-Za-z0-9+\/=_-]+/', '$1[redacted]', $text );
		$text = (string) preg_replace( '/[^\s<>"\'@]+@[^\s<>"\'@]+\.[A-Za-z]{2,}/', '[e-mail]', $text );
		return (string) preg_replace( '/\b\d(?:[ -]?\d){12,18}\b/', '[number]', $text );
	}
}
