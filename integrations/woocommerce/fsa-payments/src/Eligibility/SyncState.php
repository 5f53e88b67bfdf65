<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/**
 * How far a run over the catalogue is, in one option: a run that was cut off goes on from there. Who cancels writes an option of
 * its own, so that the step under way cannot write over it.
 */
final class SyncState {

	public const OPTION = 'fsa_payments_sync';
	public const CANCEL = 'fsa_payments_sync_cancel';

	public const RUNNING   = 'running';
	public const DONE      = 'done';
	public const CANCELLED = 'cancelled';
	public const FAILED    = 'failed';

	private const NOTHING = array(
		'run' => '', 'account' => '', 'is_on' => false, 'state' => '', 'scope' => 'all', 'force' => false, 'total' => 0, 'cursor' => 0, 'looked_at' => 0, 'unchanged' => 0,
		'sent' => 0, 'judged' => 0, 'refused' => 0, 'jobs' => array(), 'is_walked' => false, 'tries' => 0, 'error' => '',
		'started_at' => 0, 'finished_at' => 0,
	);

	/** As it is now, whatever this process read before. */
	public function read(): array {
		wp_cache_delete( self::OPTION, 'options' );
		$stored = get_option( self::OPTION, array() );
		return array_merge( self::NOTHING, is_array( $stored ) ? $stored : array() );
	}

	public function write( array $state ): void {
		update_option( self::OPTION, $state, false );
	}

	public function begin( string $account, bool $is_on, string $scope, bool $force, int $total, int $now ): array {
		$state = array_merge( self::NOTHING, array( 'run' => wp_generate_password( 16, false ), 'account' => $account, 'is_on' => $is_on, 'state' => self::RUNNING, 'scope' => $scope, 'force' => $force, 'total' => $total, 'started_at' => $now ) );
		$this->write( $state );
		return $state;
	}

	public function ask_to_cancel( string $run ): void {
		update_option( self::CANCEL, $run, false );
	}

	public function is_to_be_cancelled( string $run ): bool {
		wp_cache_delete( self::CANCEL, 'options' );
		return '' !== $run && $run === (string) get_option( self::CANCEL, '' );
	}

	/** Pure: what is over for good, of all that the run looks at. */
	public static function done( array $state ): int {
		return (int) $state['unchanged'] + (int) $state['judged'] + (int) $state['refused'];
	}

	/** Pure: percent, products a second, and seconds left; null where nobody can tell yet. */
	public static function progress( array $state, int $now ): array {
		$done  = self::done( $state );
		$total = max( (int) $state['total'], $done );
		$until = $state['finished_at'] ? (int) $state['finished_at'] : $now;
		$took  = max( 1, $until - (int) $state['started_at'] );
		$rate  = $done > 0 ? $done / $took : null;
		return array(
			'done'    => $done,
			'total'   => $total,
			'percent' => $total > 0 ? (int) floor( 100 * $done / $total ) : ( self::DONE === $state['state'] ? 100 : 0 ),
			'rate'    => null === $rate ? null : round( $rate, $rate < 10 ? 1 : 0 ),
			'left'    => null === $rate || self::RUNNING !== $state['state'] ? null : (int) ceil( ( $total - $done ) / $rate ),
		);
	}
}
