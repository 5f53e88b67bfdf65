<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** The words and bars of Products → FSA/HSA. */
final class SyncReport {

	/** @var array */
	private $counts;

	/** @var array */
	private $state;

	/** @var array */
	private $progress;

	public function __construct( array $counts, array $state, array $progress ) {
		$this->counts   = $counts;
		$this->state    = $state;
		$this->progress = $progress;
	}

	public function coverage(): void {
		$total  = array_sum( $this->counts );
		$judged = $total - $this->counts[''] - $this->counts[ Words::REFUSED ];
		echo '<h2>' . esc_html__( 'Coverage', 'fsa-payments' ) . '</h2>';
		if ( 0 === $total ) {
			echo '<p>' . esc_html__( 'Nothing is on sale yet. Publish a product, and it can be checked here.', 'fsa-payments' ) . ' <a href="' . esc_url( admin_url( 'post-new.php?post_type=product' ) ) . '">' . esc_html__( 'Add a product', 'fsa-payments' ) . '</a></p>';
			return;
		}
		/* translators: 1: how many are judged, 2: of how many, 3: percent */
		echo '<p>' . esc_html( sprintf( __( '%1$s of %2$s products and variations on sale are judged (%3$s %%).', 'fsa-payments' ), number_format_i18n( $judged ), number_format_i18n( $total ), number_format_i18n( (int) floor( 100 * $judged / $total ) ) ) ) . '</p><ul class="fsa-payments-tiles">';
		foreach ( $this->counts as $status => $many ) {
			if ( $many > 0 || ! in_array( (string) $status, array( '', Words::REFUSED ), true ) ) {
				echo '<li><a href="' . esc_url( ListFilter::address( (string) $status ) ) . '"><span class="fsa-payments-many">' . esc_html( number_format_i18n( $many ) ) . '</span>' . wp_kses_post( Words::owner_badge( (string) $status ) ) . '</a></li>';
			}
		}
		echo '</ul>';
	}

	public function run(): void {
		if ( '' === $this->state['run'] ) {
			return;
		}
		echo '<h2>' . esc_html( SyncState::RUNNING === $this->state['state'] ? __( 'Checking now', 'fsa-payments' ) : __( 'Last check', 'fsa-payments' ) ) . '</h2>';
		if ( SyncState::RUNNING === $this->state['state'] ) {
			echo '<progress class="fsa-payments-progress" max="100" value="' . esc_attr( (string) $this->progress['percent'] ) . '" aria-label="' . esc_attr__( 'Products checked', 'fsa-payments' ) . '"></progress>';
		}
		echo '<p class="fsa-payments-run">' . esc_html( $this->sentence() ) . '</p>';
		if ( '' !== $this->state['error'] ) {
			$is_running = SyncState::RUNNING === $this->state['state'];
			echo '<div class="notice notice-' . ( $is_running ? 'warning' : 'error' ) . ' inline"><p>' . esc_html( $this->state['error'] . ( $is_running ? ' ' . __( 'It is tried again by itself.', 'fsa-payments' ) : '' ) ) . '</p></div>';
		}
	}

	private function sentence(): string {
		/* translators: 1: how many are over, 2: of how many */
		$parts = array( sprintf( __( '%1$s of %2$s', 'fsa-payments' ), number_format_i18n( $this->progress['done'] ), number_format_i18n( $this->progress['total'] ) ) );
		if ( $this->state['unchanged'] > 0 ) {
			/* translators: %s: a number of products */
			$parts[] = sprintf( __( '%s had not changed', 'fsa-payments' ), number_format_i18n( $this->state['unchanged'] ) );
		}
		if ( $this->state['refused'] > 0 ) {
			/* translators: %s: a number of products */
			$parts[] = sprintf( __( '%s could not be checked', 'fsa-payments' ), number_format_i18n( $this->state['refused'] ) );
		}
		if ( null !== $this->progress['rate'] ) {
			/* translators: %s: a number of products */
			$parts[] = sprintf( __( '%s a second', 'fsa-payments' ), number_format_i18n( $this->progress['rate'], $this->progress['rate'] < 10 ? 1 : 0 ) );
		}
		$parts[] = $this->ending();
		return implode( ' · ', array_filter( $parts ) );
	}

	private function ending(): string {
		if ( null !== $this->progress['left'] ) {
			/* translators: %s: a time such as “3 mins” */
			return sprintf( __( '%s left', 'fsa-payments' ), human_time_diff( 0, $this->progress['left'] ) );
		}
		$ends = array(
			/* translators: %s: a date and time */
			SyncState::DONE      => __( 'done on %s', 'fsa-payments' ),
			/* translators: %s: a date and time */
			SyncState::CANCELLED => __( 'cancelled on %s', 'fsa-payments' ),
			/* translators: %s: a date and time */
			SyncState::FAILED    => __( 'failed on %s', 'fsa-payments' ),
		);
		return isset( $ends[ $this->state['state'] ] ) ? sprintf( $ends[ $this->state['state'] ], wp_date( (string) get_option( 'date_format' ) . ' ' . (string) get_option( 'time_format' ), (int) $this->state['finished_at'] ) ) : __( 'beginning', 'fsa-payments' );
	}
}
