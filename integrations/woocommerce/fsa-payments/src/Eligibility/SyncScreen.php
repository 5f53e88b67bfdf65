<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Settings;

defined( 'ABSPATH' ) || exit;

/** Products → FSA/HSA: how much of the catalogue is judged and how, the check under way, and the buttons that begin and end one. */
final class SyncScreen {

	public const SCREEN = 'product_page_fsa-payments-catalogue';

	private const PAGE   = 'fsa-payments-catalogue';
	private const ACTION = 'fsa_payments_catalogue';
	private const RIGHT  = 'manage_woocommerce';
	private const DRIVE  = 2;

	/** @var Settings */
	private $settings;

	/** @var Sync */
	private $sync;

	/** @var Units */
	private $units;

	public function __construct( Settings $settings, Sync $sync, Units $units ) {
		$this->settings = $settings;
		$this->sync     = $sync;
		$this->units    = $units;
	}

	public function register(): void {
		add_action( 'admin_menu', array( $this, 'menu' ), 60 );
		add_action( 'admin_post_' . self::ACTION, array( $this, 'pressed' ) );
		add_action( 'wp_ajax_' . self::ACTION, array( $this, 'tell' ) );
		add_action( 'admin_enqueue_scripts', array( $this, 'enqueue' ) );
	}

	public static function address(): string {
		return admin_url( 'edit.php?post_type=product&page=' . self::PAGE );
	}

	public function menu(): void {
		add_submenu_page( 'edit.php?post_type=product', __( 'FSA/HSA eligibility of the catalogue', 'fsa-payments' ), __( 'FSA/HSA', 'fsa-payments' ), self::RIGHT, self::PAGE, array( $this, 'show' ) );
	}

	/** @param string|mixed $page */
	public function enqueue( $page ): void {
		if ( self::SCREEN === $page ) {
			wp_enqueue_script( 'fsa-payments-sync', plugins_url( 'assets/js/sync.js', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION, true );
			wp_localize_script( 'fsa-payments-sync', 'fsaPaymentsSync', array( 'url' => admin_url( 'admin-ajax.php' ), 'action' => self::ACTION, 'nonce' => wp_create_nonce( self::ACTION ), 'isRunning' => $this->sync->is_running(), 'lost' => __( 'The shop does not answer; the check goes on in the background. Trying again…', 'fsa-payments' ) ) );
		}
	}

	public function pressed(): void {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_die( esc_html__( 'You may not do that.', 'fsa-payments' ), '', array( 'response' => 403 ) );
		}
		$what = isset( $_POST['what'] ) ? sanitize_key( wp_unslash( $_POST['what'] ) ) : '';
		if ( 'cancel' === $what ) {
			$this->sync->cancel();
		} elseif ( in_array( $what, array( 'check', 'check_all' ), true ) ) {
			$this->sync->start( 'all', 'check_all' === $what );
		}
		wp_safe_redirect( self::address() );
		exit;
	}

	/** The page asks while it is open, and each question takes the run some seconds further: it does not wait for the shop's cron. */
	public function tell(): void {
		check_ajax_referer( self::ACTION );
		if ( ! current_user_can( self::RIGHT ) ) {
			wp_send_json_error( null, 403 );
		}
		$this->sync->step( self::DRIVE );
		ob_start();
		$this->report();
		wp_send_json_success( array( 'html' => ob_get_clean(), 'isRunning' => $this->sync->is_running() ) );
	}

	public function show(): void {
		echo '<div class="wrap fsa-payments-catalogue"><h1>' . esc_html__( 'FSA/HSA eligibility of the catalogue', 'fsa-payments' ) . '</h1>';
		echo '<p>' . esc_html__( 'The FSA platform judges each product and variation by its title, brand, GTIN, category and description, and decides again whenever somebody pays. A shop cannot overrule it, but may ask for another look on the product’s page.', 'fsa-payments' ) . '</p>';
		if ( ! $this->settings->is_connected() || $this->settings->is_key_refused() ) {
			echo '<div class="notice notice-warning inline"><p>' . esc_html( $this->settings->is_key_refused() ? __( 'The platform refuses the shop’s key: mend that first.', 'fsa-payments' ) : __( 'The shop is not connected to the FSA platform yet. Nothing is sent before it is.', 'fsa-payments' ) ) . ' <a href="' . esc_url( admin_url( 'admin.php?page=wc-settings&tab=checkout&section=' . FSA_PAYMENTS_ID ) ) . '">' . esc_html__( 'To the connection', 'fsa-payments' ) . '</a></p></div></div>';
			return;
		}
		echo '<div id="fsa-payments-report">';
		$this->report();
		echo '</div><p class="screen-reader-text" id="fsa-payments-sync-word" role="status"></p></div>';
	}

	private function report(): void {
		$counts = $this->units->counts();
		$state  = $this->sync->state();
		$view   = new SyncReport( $counts, $state, SyncState::progress( $state, time() ) );
		$view->coverage();
		$view->run();
		$this->buttons( SyncState::RUNNING === $state['state'], ! $this->sync->is_on(), array_sum( $counts ) );
	}

	private function buttons( bool $is_running, bool $is_first, int $many ): void {
		if ( 0 === $many ) {
			return;
		}
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="' . esc_attr( self::ACTION ) . '">';
		wp_nonce_field( self::ACTION );
		if ( $is_running ) {
			echo '<button class="button" name="what" value="cancel">' . esc_html__( 'Cancel', 'fsa-payments' ) . '</button> <span class="description">' . esc_html__( 'What is judged by then stays judged.', 'fsa-payments' ) . '</span>';
		} elseif ( $is_first ) {
			echo '<button class="button button-primary" name="what" value="check">' . esc_html__( 'Check the catalogue', 'fsa-payments' ) . '</button> <span class="description">' . esc_html__( 'Sends the products that are on sale to the FSA platform. From then on those that you change are sent by themselves.', 'fsa-payments' ) . '</span>';
		} else {
			echo '<button class="button button-primary" name="what" value="check">' . esc_html__( 'Check what is new or changed', 'fsa-payments' ) . '</button> <button class="button" name="what" value="check_all">' . esc_html__( 'Check everything again', 'fsa-payments' ) . '</button>';
		}
		echo '</form>';
	}
}
