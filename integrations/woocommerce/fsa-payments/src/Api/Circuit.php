<?php
declare(strict_types=1);

namespace FsaPayments\Api;

defined( 'ABSPATH' ) || exit;

/**
 * Whether the platform is asked at all. Five failures to reach it within a minute, and nobody asks for half a minute: shoppers do
 * not wait for time-outs one after the other, and the gateway hides itself meanwhile.
 */
final class Circuit {

	private const FAILURES    = 5;
	private const WITHIN      = 60;
	private const OPEN        = 30;
	private const TRANSIENT   = 'fsa_payments_failures';
	private const LAST_OPTION = 'fsa_payments_last_outage';

	/** @return int[] the seconds at which the platform was not reached, within the last minute */
	private function failures( int $now ): array {
		$times = get_transient( self::TRANSIENT );
		return self::recent( is_array( $times ) ? $times : array(), $now );
	}

	/** Pure: those of the last minute. */
	public static function recent( array $times, int $now ): array {
		return array_values(
			array_filter(
				array_map( 'intval', $times ),
				static function ( int $time ) use ( $now ): bool {
					return $time > $now - self::WITHIN;
				}
			)
		);
	}

	/** Pure: as many failures as it takes, the last of them less than half a minute ago. */
	public static function opened_by( array $times, int $now ): bool {
		$times = self::recent( $times, $now );
		return count( $times ) >= self::FAILURES && max( $times ) > $now - self::OPEN;
	}

	public function is_open(): bool {
		$now = time();
		return self::opened_by( $this->failures( $now ), $now );
	}

	public function failed(): void {
		$now   = time();
		$times = $this->failures( $now );
		$times = array_slice( array_merge( $times, array( $now ) ), -self::FAILURES );
		set_transient( self::TRANSIENT, $times, self::WITHIN + self::OPEN );
		if ( self::opened_by( $times, $now ) ) {
			update_option( self::LAST_OPTION, $now, false );
		}
	}

	public function succeeded(): void {
		if ( false !== get_transient( self::TRANSIENT ) ) {
			delete_transient( self::TRANSIENT );
		}
	}

	/** When the circuit last opened; 0 if never. */
	public function last_outage(): int {
		return (int) get_option( self::LAST_OPTION, 0 );
	}
}
