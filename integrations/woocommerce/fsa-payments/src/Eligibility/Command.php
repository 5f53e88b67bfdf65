<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Settings;
use WP_CLI;

defined( 'ABSPATH' ) || exit;

/** Takes the catalogue to the FSA platform. */
final class Command {

	/** @var Settings */
	private $settings;

	/** @var Sync */
	private $sync;

	public function __construct( Settings $settings, Sync $sync ) {
		$this->settings = $settings;
		$this->sync     = $sync;
	}

	/**
	 * Has the products on sale judged, and waits until it is done. A run under way is gone on with.
	 *
	 * ## OPTIONS
	 *
	 * [--all]
	 * : Send what has not changed since as well.
	 *
	 * ## EXAMPLES
	 *
	 *     wp fsa-payments sync
	 *     wp fsa-payments sync --all
	 *
	 * @param array $arguments none
	 * @param array $options   all
	 */
	public function sync( $arguments, $options ): void {
		if ( ! $this->settings->is_connected() ) {
			WP_CLI::error( 'The shop is not connected to the FSA platform.' );
		}
		$state = $this->sync->start( 'all', ! empty( $options['all'] ) );
		$told  = -1;
		while ( $this->sync->is_running() ) {
			$this->sync->step( 2 );
			$state = $this->sync->state();
			if ( '' !== $state['error'] && SyncState::RUNNING === $state['state'] ) {
				WP_CLI::warning( $state['error'] );
				sleep( 15 );
			}
			$progress = SyncState::progress( $state, time() );
			if ( $progress['done'] !== $told ) {
				$told = $progress['done'];
				WP_CLI::log( sprintf( '%d of %d, %s a second', $progress['done'], $progress['total'], $progress['rate'] ?? '?' ) );
			}
		}
		if ( SyncState::DONE !== $state['state'] ) {
			WP_CLI::error( '' === $state['error'] ? 'The check was cancelled.' : $state['error'] );
		}
		WP_CLI::success( sprintf( '%d judged, %d unchanged, %d could not be checked.', $state['judged'], $state['unchanged'], $state['refused'] ) );
	}
}
