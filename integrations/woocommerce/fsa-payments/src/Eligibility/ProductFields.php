<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Settings;
use WP_Post;

defined( 'ABSPATH' ) || exit;

/** The verdict where the owner edits the product and each variation: why, by which rule, and how to ask for another look. */
final class ProductFields {

	private const PANEL = 'fsa_payments_product_data';

	/** @var Settings */
	private $settings;

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Settings $settings, Verdicts $verdicts ) {
		$this->settings = $settings;
		$this->verdicts = $verdicts;
	}

	public function register(): void {
		add_filter( 'woocommerce_product_data_tabs', array( $this, 'tab' ) );
		add_action( 'woocommerce_product_data_panels', array( $this, 'panel' ) );
		add_action( 'woocommerce_product_after_variable_attributes', array( $this, 'in_variation' ), 10, 3 );
		add_action( 'admin_enqueue_scripts', array( $this, 'enqueue' ) );
	}

	/** @param array|mixed $tabs */
	public function tab( $tabs ): array {
		return (array) $tabs + array( 'fsa_payments' => array( 'label' => __( 'FSA/HSA', 'fsa-payments' ), 'target' => self::PANEL, 'class' => array( 'hide_if_grouped', 'hide_if_external' ), 'priority' => 75 ) );
	}

	public function panel(): void {
		global $post;
		if ( ! $post instanceof WP_Post ) {
			return;
		}
		echo '<div id="' . esc_attr( self::PANEL ) . '" class="panel woocommerce_options_panel hidden fsa-payments-panel"><div class="options_group">';
		echo '<div class="hide_if_variable hide_if_variable-subscription">';
		$this->verdict( $post->ID );
		echo '</div><div class="show_if_variable show_if_variable-subscription" style="display:none">';
		$this->variations( $post->ID );
		echo '</div></div></div>';
	}

	/** @param int|mixed $loop @param array|mixed $data @param WP_Post|mixed $variation */
	public function in_variation( $loop, $data, $variation ): void {
		if ( $variation instanceof WP_Post ) {
			echo '<div class="form-row form-row-full fsa-payments-panel"><strong>' . esc_html__( 'FSA/HSA eligibility', 'fsa-payments' ) . '</strong>';
			$this->verdict( $variation->ID );
			echo '</div>';
		}
	}

	/** @param string|mixed $page */
	public function enqueue( $page ): void {
		$screen = get_current_screen();
		if ( ! $screen || ! in_array( $screen->id, array( 'product', 'edit-product', SyncScreen::SCREEN ), true ) ) {
			return;
		}
		wp_enqueue_style( 'fsa-payments-catalogue', plugins_url( 'assets/css/catalogue-admin.css', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION );
		if ( 'product' === $screen->id ) {
			wp_enqueue_script( 'fsa-payments-another-look', plugins_url( 'assets/js/another-look.js', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION, true );
			wp_localize_script( 'fsa-payments-another-look', 'fsaPaymentsLook', array( 'url' => admin_url( 'admin-ajax.php' ), 'nonce' => wp_create_nonce( AnotherLook::ACTION ), 'lost' => __( 'The shop did not answer. Try again.', 'fsa-payments' ), 'sending' => __( 'Sending…', 'fsa-payments' ) ) );
		}
	}

	private function verdict( int $id ): void {
		$verdict = $this->verdicts->of( $id );
		$status  = $this->verdicts->status( $id );
		echo '<div class="fsa-payments-told"><p>' . wp_kses_post( Words::owner_badge( $status ) ) . '</p>';
		if ( ! $verdict ) {
			echo '<p>' . esc_html( $this->why_unchecked( $id ) ) . '</p></div>';
			return;
		}
		if ( '' !== (string) $verdict['reason'] ) {
			echo '<p>' . esc_html( (string) $verdict['reason'] ) . '</p>';
		}
		$about = array_filter( array( (string) $verdict['citation'], self::checked_at( (string) $verdict['as_of'] ) ) );
		echo '<p class="description">' . esc_html( implode( ' · ', $about ) ) . '</p>';
		if ( '' !== (string) get_post_meta( $id, Verdicts::CHANGED, true ) ) {
			echo '<p class="description">' . esc_html__( 'It has changed since and is being checked again.', 'fsa-payments' ) . '</p>';
		}
		if ( Words::REFUSED === $status ) {
			echo '<p class="description">' . esc_html__( 'Mend that and save the product: it is then checked again.', 'fsa-payments' ) . '</p></div>';
			return;
		}
		$this->another_look( $id, $status );
		echo '</div>';
	}

	/** Closed until it is asked for. Its fields have no names: saving the product does not send them. */
	private function another_look( int $id, string $status ): void {
		if ( '' === $this->verdicts->product( $id ) || ! $this->settings->is_connected() ) {
			return;
		}
		echo '<details class="fsa-payments-look" data-product="' . esc_attr( (string) $id ) . '"><summary>' . esc_html__( 'Ask for another look', 'fsa-payments' ) . '</summary>';
		echo '<p class="description">' . esc_html__( 'The platform decides, and a shop cannot overrule it. Two reviewers read what you write and answer.', 'fsa-payments' ) . '</p>';
		echo '<p><label for="fsa-look-claim-' . esc_attr( (string) $id ) . '">' . esc_html__( 'It should be', 'fsa-payments' ) . '</label><select id="fsa-look-claim-' . esc_attr( (string) $id ) . '" class="fsa-payments-claim">';
		foreach ( array_diff( Words::STATUSES, array( 'unknown', $status ) ) as $claim ) {
			echo '<option value="' . esc_attr( $claim ) . '">' . esc_html( Words::name( $claim ) ) . '</option>';
		}
		echo '</select></p><p><label for="fsa-look-why-' . esc_attr( (string) $id ) . '">' . esc_html__( 'What speaks for it', 'fsa-payments' ) . '</label><textarea id="fsa-look-why-' . esc_attr( (string) $id ) . '" class="fsa-payments-why" rows="3" maxlength="5000" aria-describedby="fsa-look-hint-' . esc_attr( (string) $id ) . '"></textarea><span id="fsa-look-hint-' . esc_attr( (string) $id ) . '" class="description">' . esc_html__( 'The label, the maker’s claim, the ingredient: at least 20 characters, no personal data.', 'fsa-payments' ) . '</span></p>';
		echo '<p><button type="button" class="button">' . esc_html__( 'Send', 'fsa-payments' ) . '</button> <span role="status" class="fsa-payments-look-answer"></span></p></details>';
	}

	private function variations( int $id ): void {
		$counts = ( new Units() )->statuses_of( array( $id ) )[ $id ] ?? array();
		echo '<div class="fsa-payments-told"><p>' . esc_html__( 'Each variation is judged by itself:', 'fsa-payments' ) . '</p><p>';
		foreach ( $counts as $status => $many ) {
			echo wp_kses_post( Words::owner_badge( (string) $status, ' × ' . number_format_i18n( $many ) ) ) . ' ';
		}
		echo '</p><p class="description">' . esc_html( $counts ? __( 'Open a variation to read why.', 'fsa-payments' ) : __( 'It has no variations yet.', 'fsa-payments' ) ) . '</p></div>';
	}

	private function why_unchecked( int $id ): string {
		if ( ! $this->settings->is_connected() ) {
			return __( 'Connect the shop to the FSA platform first; then its products can be checked.', 'fsa-payments' );
		}
		return 'publish' === get_post_status( $id ) ? __( 'It is checked soon after the catalogue’s first check was begun (Products → FSA/HSA).', 'fsa-payments' ) : __( 'It is checked once it is published.', 'fsa-payments' );
	}

	private static function checked_at( string $moment ): string {
		$time = strtotime( $moment );
		/* translators: %s: a date */
		return $time ? sprintf( __( 'checked on %s', 'fsa-payments' ), wp_date( (string) get_option( 'date_format' ) . ' ' . (string) get_option( 'time_format' ), $time ) ) : '';
	}
}
