<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks;

defined( 'ABSPATH' ) || exit;

/** Whether a message is the platform's, by the Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`. Pure. */
final class Signature {

	public const TOLERANCE = 300;

	/**
	 * @param string[] $secrets   whsec_… secrets, one of which must fit
	 * @param string   $signature the header: one or more `v1,<base64>` with spaces between
	 */
	public static function is_valid( array $secrets, string $id, string $timestamp, string $signature, string $body, int $now ): bool {
		if ( '' === $id || ! ctype_digit( $timestamp ) || strlen( $timestamp ) > 11 || abs( $now - (int) $timestamp ) > self::TOLERANCE ) {
			return false;
		}
		foreach ( $secrets as $secret ) {
			$ours = self::sign( (string) $secret, $id, $timestamp, $body );
			if ( '' === $ours ) {
				continue;
			}
			foreach ( preg_split( '/\s+/', trim( $signature ) ) as $theirs ) {
				if ( hash_equals( $ours, (string) $theirs ) ) {
					return true;
				}
			}
		}
		return false;
	}

	/** `v1,…` for this message; nothing where the secret is none. */
	public static function sign( string $secret, string $id, string $timestamp, string $body ): string {
		$key = base64_decode( (string) preg_replace( '/^whsec_/', '', $secret ), true );
		if ( false === $key || strlen( $key ) < 16 ) {
			return '';
		}
		return 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", $key, true ) );
	}
}
