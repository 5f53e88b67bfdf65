<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Log;
use FsaPayments\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * The catalogue to the platform, in the background: steps of Action Scheduler, each some seconds long, one at a time. Each step
 * begins by ordering the one that goes on if it is cut off. Whoever is asked twice does the work once.
 */
final class Sync {

	public const STEP    = 'fsa_payments_sync_step';
	public const CHANGED = 'fsa_payments_sync_changed';
	public const GROUP   = 'fsa-payments';
	public const BATCH   = 500;

	private const STEP_S    = 20;
	private const GUARD_S   = 300;
	private const AT_ONCE   = 2;
	private const FEW       = 20;
	private const MAX_TRIES = 12;

	/** @var Settings */
	private $settings;

	/** @var Sender */
	private $sender;

	/** @var Units */
	private $units;

	/** @var Verdicts */
	private $verdicts;

	/** @var SyncState */
	private $state;

	public function __construct( Settings $settings, Client $client, Units $units, Verdicts $verdicts ) {
		$this->settings = $settings;
		$this->sender   = new Sender( $client, $verdicts );
		$this->units    = $units;
		$this->verdicts = $verdicts;
		$this->state    = new SyncState();
	}

	public function register(): void {
		add_action( self::STEP, array( $this, 'step' ) );
		add_action( self::CHANGED, array( $this, 'send_changed' ) );
	}

	public function state(): array {
		return $this->state->read();
	}

	public function is_running(): bool {
		return SyncState::RUNNING === $this->state->read()['state'];
	}

	/** The owner began once with this account: from then on the catalogue follows the shop. Before, nothing is sent. */
	public function is_on(): bool {
		$state = $this->state->read();
		return $state['is_on'] && $this->knows_this_account( $state );
	}

	private function knows_this_account( array $state ): bool {
		return '' !== $this->account() && $state['account'] === $this->account();
	}

	/** The merchant and the mode: test and live know different products. */
	private function account(): string {
		$account = $this->settings->account();
		return isset( $account['id'] ) ? $account['id'] . '/' . $this->settings->mode() : '';
	}

	public function can_run(): bool {
		return $this->settings->is_connected() && ! $this->settings->is_key_refused();
	}

	/** Begins a run, or tells of the one under way. `$force` sends what has not changed as well. @param string $scope all or changed */
	public function start( string $scope = 'all', bool $force = false ): array {
		$state = $this->state->read();
		if ( SyncState::RUNNING !== $state['state'] && $this->can_run() ) {
			if ( $state['account'] !== $this->account() ) {
				$this->verdicts->forget_all(); // of another merchant, or of test mode: neither ids nor verdicts hold here
				$scope = $state['is_on'] ? 'all' : $scope;
			}
			$state = $this->state->begin( $this->account(), $state['is_on'] || 'all' === $scope, $scope, $force, $this->units->count( 'changed' === $scope ), time() );
		}
		if ( SyncState::RUNNING === $state['state'] ) {
			$this->schedule( 0 );
		}
		return $state;
	}

	public function cancel(): void {
		$state = $this->state->read();
		if ( SyncState::RUNNING === $state['state'] ) {
			$this->state->ask_to_cancel( $state['run'] );
			$this->step( 0 );
		}
	}

	/** These are to be sent, changed or not, within a minute. @param int[] $ids */
	public function mark( array $ids, bool $force = false ): void {
		foreach ( $ids as $id ) {
			update_post_meta( $id, Verdicts::CHANGED, $force || 'force' === get_post_meta( $id, Verdicts::CHANGED, true ) ? 'force' : 'yes' );
		}
		if ( $ids && $this->can_run() ) {
			$this->schedule_changed( 0 );
		}
	}

	/** What was saved since: a few at once, many as a run. */
	public function send_changed(): void {
		$many = $this->can_run() ? $this->units->count( true ) : 0;
		if ( 0 === $many ) {
			return;
		}
		if ( $this->is_running() ) {
			$this->schedule_changed( 60 );
			return;
		}
		if ( $many > self::FEW || ! $this->knows_this_account( $this->state->read() ) ) {
			$this->start( 'changed' );
			return;
		}
		try {
			foreach ( $this->units->ids_after( 0, self::FEW, true ) as $id ) {
				$items = $this->sender->items( array( $id ), $this->is_forced( $id ) );
				if ( $items ) {
					$this->sender->send_one( $id, $items[ $id ] );
				} else {
					delete_post_meta( $id, Verdicts::CHANGED );
				}
			}
		} catch ( ApiException $error ) {
			Log::warning( 'Changed products could not be sent: ' . $error->code_name() );
			$this->schedule_changed( $error->is_retryable() ? 60 : HOUR_IN_SECONDS );
		}
	}

	/** Goes on with the run for some seconds. @param int|mixed $seconds how long; Action Scheduler gives nothing */
	public function step( $seconds = self::STEP_S ): void {
		if ( ! $this->is_running() || ! self::lock() ) {
			return;
		}
		$this->schedule( self::GUARD_S );
		$pause = 0;
		try {
			$pause = $this->work( microtime( true ) + ( is_numeric( $seconds ) ? (float) $seconds : self::STEP_S ) );
		} finally {
			self::unlock();
			if ( $this->is_running() ) {
				$this->schedule( $pause );
			}
		}
	}

	/** @return int seconds after which to go on */
	private function work( float $until ): int {
		do {
			$state = $this->state->read();
			if ( $this->state->is_to_be_cancelled( $state['run'] ) ) {
				array_map( array( $this->sender, 'cancel' ), $state['jobs'] );
				$this->end( $state, SyncState::CANCELLED );
				return 0;
			}
			try {
				$is_waiting = ! $this->advance( $state );
			} catch ( ApiException $error ) {
				return $this->failed( $this->state->read(), $error );
			}
			if ( $is_waiting && microtime( true ) < $until ) {
				usleep( 300000 );
			}
		} while ( microtime( true ) < $until && $this->is_running() );
		return 0;
	}

	/** One thing: a file sent, a file's verdicts taken, or the end. False where there is only to wait. */
	private function advance( array $state ): bool {
		if ( ! $state['is_walked'] && count( $state['jobs'] ) < self::AT_ONCE ) {
			$this->send_next( $state );
			return true;
		}
		foreach ( $state['jobs'] as $place => $job ) {
			if ( null !== $this->sender->ended( $job ) ) {
				$counts = $this->sender->take( $job );
				unset( $state['jobs'][ $place ] );
				$state['jobs']     = array_values( $state['jobs'] );
				$state['judged']  += $counts['judged'];
				$state['refused'] += $counts['refused'];
				$this->went_well( $state );
				return true;
			}
		}
		if ( $state['is_walked'] && ! $state['jobs'] ) {
			$this->end( $state, SyncState::DONE );
			return true;
		}
		return false;
	}

	private function send_next( array $state ): void {
		$ids = $this->units->ids_after( (int) $state['cursor'], self::BATCH, 'changed' === $state['scope'] );
		if ( ! $ids ) {
			$state['is_walked'] = true;
			$this->went_well( $state );
			return;
		}
		$items = $this->items( $ids, $state );
		if ( $items ) {
			$state['jobs'][] = $this->sender->send( $items, $state['run'] . '-' . $state['cursor'] );
			$state['sent']  += count( $items );
		}
		foreach ( array_diff( $ids, array_keys( $items ) ) as $same ) {
			delete_post_meta( $same, Verdicts::CHANGED );
		}
		$state['cursor']     = max( $ids );
		$state['looked_at'] += count( $ids );
		$state['unchanged'] += count( $ids ) - count( $items );
		$this->went_well( $state );
		self::forget_what_was_read();
	}

	/** @param int[] $ids @return array post id => item, in the order of the ids */
	private function items( array $ids, array $state ): array {
		update_meta_cache( 'post', $ids );
		$forced = $state['force'] ? $ids : array_values( array_filter( $ids, array( $this, 'is_forced' ) ) );
		$items  = $this->sender->items( $forced, true ) + $this->sender->items( array_values( array_diff( $ids, $forced ) ), false );
		ksort( $items );
		return $items;
	}

	private function is_forced( int $id ): bool {
		return 'force' === get_post_meta( $id, Verdicts::CHANGED, true );
	}

	private function went_well( array $state ): void {
		$this->state->write( array_merge( $state, array( 'tries' => 0, 'error' => '' ) ) );
	}

	private function end( array $state, string $how, string $why = '' ): void {
		$this->state->write( array_merge( $state, array( 'state' => $how, 'jobs' => array(), 'error' => $why, 'finished_at' => time() ) ) );
		as_unschedule_all_actions( self::STEP, array(), self::GROUP );
	}

	/** What passes is tried again, ever later; what does not (a refused key) ends the run and says so. */
	private function failed( array $state, ApiException $error ): int {
		Log::warning( 'The catalogue sync met ' . $error->code_name() . ' ' . $error->request_id() );
		$is_passing = $error->is_retryable() || 'too_many_jobs' === $error->code_name();
		if ( ! $is_passing || $state['tries'] >= self::MAX_TRIES ) {
			$this->end( $state, SyncState::FAILED, $error->getMessage() );
			return 0;
		}
		++$state['tries'];
		$state['error'] = $error->getMessage();
		$this->state->write( $state );
		return min( 900, 15 * 2 ** ( $state['tries'] - 1 ) );
	}

	/** One step waits at a time; the one that runs now is none that waits. */
	private function schedule( int $seconds ): void {
		as_unschedule_all_actions( self::STEP, array(), self::GROUP );
		if ( 0 === $seconds ) {
			as_enqueue_async_action( self::STEP, array(), self::GROUP );
		} else {
			as_schedule_single_action( time() + $seconds, self::STEP, array(), self::GROUP );
		}
	}

	private function schedule_changed( int $seconds ): void {
		if ( ! is_int( as_next_scheduled_action( self::CHANGED, array(), self::GROUP ) ) ) {
			as_schedule_single_action( time() + max( 5, $seconds ), self::CHANGED, array(), self::GROUP );
		}
	}

	/** One step at a time, whoever runs it; the database lets go when its process dies. */
	private static function lock(): bool {
		global $wpdb;
		return '1' === (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', self::lock_name() ) );
	}

	private static function unlock(): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', self::lock_name() ) );
	}

	private static function lock_name(): string {
		global $wpdb;
		return substr( 'fsa_sync_' . md5( DB_NAME . $wpdb->prefix ), 0, 60 );
	}

	/** A run over tens of thousands of products stays within a small process's memory. */
	private static function forget_what_was_read(): void {
		if ( function_exists( 'wp_cache_flush_runtime' ) && wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		}
	}
}
