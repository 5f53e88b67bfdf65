<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** “Check FSA/HSA eligibility” of those that are ticked in the list: they are sent again, changed or not. */
final class BulkAction {

	private const ACTION = 'fsa_payments_check';

	/** @var Sync */
	private $sync;

	public function __construct( Sync $sync ) {
		$this->sync = $sync;
	}

	public function register(): void {
		add_filter( 'bulk_actions-edit-product', array( $this, 'offer' ) );
		add_filter( 'handle_bulk_actions-edit-product', array( $this, 'handle' ), 10, 3 );
		add_action( 'admin_notices', array( $this, 'tell' ) );
		add_filter( 'removable_query_args', array( $this, 'told_once' ) );
	}

	/** @param array|mixed $actions */
	public function offer( $actions ): array {
		return (array) $actions + array( self::ACTION => __( 'Check FSA/HSA eligibility', 'fsa-payments' ) );
	}

	/** WordPress has checked the nonce. @param string|mixed $back @param string|mixed $action @param array|mixed $ids */
	public function handle( $back, $action, $ids ): string {
		if ( self::ACTION !== $action || ! current_user_can( 'edit_products' ) ) {
			return (string) $back;
		}
		$units = $this->sync->can_run() ? ( new Units() )->of_products( array_map( 'intval', (array) $ids ) ) : array();
		$this->sync->mark( $units, true );
		return add_query_arg( self::ACTION, $this->sync->can_run() ? count( $units ) : 'off', (string) $back );
	}

	/** @param array|mixed $names */
	public function told_once( $names ): array {
		return array_merge( (array) $names, array( self::ACTION ) );
	}

	public function tell(): void {
		$screen = get_current_screen();
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- only words are shown.
		$many = isset( $_GET[ self::ACTION ] ) ? sanitize_key( wp_unslash( $_GET[ self::ACTION ] ) ) : '';
		if ( '' === $many || ! $screen || 'edit-product' !== $screen->id ) {
			return;
		}
		if ( 'off' === $many ) {
			echo '<div class="notice notice-error is-dismissible"><p>' . esc_html__( 'Nothing was checked: the shop is not connected to the FSA platform, or its key was refused.', 'fsa-payments' ) . '</p></div>';
			return;
		}
		/* translators: %s: a number of products and variations */
		$text = sprintf( _n( '%s product is being checked. Its verdict stands here within a minute or two.', '%s products and variations are being checked. Their verdicts stand here within a minute or two.', (int) $many, 'fsa-payments' ), number_format_i18n( (int) $many ) );
		echo '<div class="notice notice-success is-dismissible"><p>' . esc_html( $text ) . '</p></div>';
	}
}
