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
			SyncClock::step_in( 0 );
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
		Marks::put( $ids, $force );
		if ( $ids && $this->can_run() ) {
			SyncClock::changed_in( 5 );
		}
	}

	/** What was saved since: a few at once, many as a run. */
	public function send_changed(): void {
		$many = $this->can_run() ? $this->units->count( true ) : 0;
		if ( 0 === $many ) {
			return;
		}
		if ( $this->is_running() ) {
			SyncClock::changed_in( 60 );
			return;
		}
		if ( $many > self::FEW || ! $this->knows_this_account( $this->state->read() ) ) {
			$this->start( 'changed' );
			return;
		}
		try {
			array_map( array( $this->sender, 'send_changed' ), $this->units->ids_after( 0, self::FEW, true ) );
		} catch ( ApiException $error ) {
			Log::warning( 'Changed products could not be sent: ' . $error->code_name() );
			SyncClock::changed_in( $error->is_retryable() ? 60 : HOUR_IN_SECONDS );
		}
	}

	/** Goes on with the run for some seconds. @param int|mixed $seconds how long; Action Scheduler gives nothing */
	public function step( $seconds = self::STEP_S ): void {
		if ( ! $this->is_running() || ! SyncClock::lock() ) {
			return;
		}
		SyncClock::step_in( self::GUARD_S );
		$pause = 0;
		try {
			$pause = $this->work( microtime( true ) + ( is_numeric( $seconds ) ? (float) $seconds : self::STEP_S ) );
		} finally {
			SyncClock::unlock();
			if ( $this->is_running() ) {
				SyncClock::step_in( $pause );
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
			$lost = $state['sent'] - $state['judged'] - $state['refused'];
			/* translators: %s: a number of products */
			$this->end( $state, $lost > 0 ? SyncState::FAILED : SyncState::DONE, $lost > 0 ? sprintf( __( '%s products were sent and not judged. Check what is new or changed: they are sent again.', 'fsa-payments' ), number_format_i18n( $lost ) ) : '' );
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
		$marks = Marks::of( $ids );
		$items = $this->items( $ids, $state );
		if ( $items ) {
			$state['jobs'][] = $this->sender->send( $items, $state['run'] . '-' . $state['cursor'] );
			$state['sent']  += count( $items );
		}
		$state['cursor']     = max( $ids );
		$state['looked_at'] += count( $ids );
		$state['unchanged'] += count( $ids ) - count( $items );
		$this->went_well( $state );
		Marks::take_away( $marks );
		Sender::forget_what_was_read();
	}

	/** @param int[] $ids @return array post id => item, in the order of the ids */
	private function items( array $ids, array $state ): array {
		$forced = $state['force'] ? $ids : array_values( array_filter( $ids, array( Marks::class, 'is_forced' ) ) );
		$items  = $this->sender->items( $forced, true ) + $this->sender->items( array_values( array_diff( $ids, $forced ) ), false );
		ksort( $items );
		return $items;
	}

	private function went_well( array $state ): void {
		$this->state->write( array_merge( $state, array( 'tries' => 0, 'error' => '' ) ) );
	}

	private function end( array $state, string $how, string $why = '' ): void {
		$this->state->write( array_merge( $state, array( 'state' => $how, 'jobs' => array(), 'error' => $why, 'finished_at' => time() ) ) );
		SyncClock::no_step();
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
}
