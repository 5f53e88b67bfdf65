<?php
declare(strict_types=1);

namespace FsaPayments\Admin;

use FsaPayments\Api\ApiException;
use FsaPayments\Gateway\Gateway;
use FsaPayments\Services;
use FsaPayments\Webhooks\Inbox;

defined( 'ABSPATH' ) || exit;

/** WooCommerce → Settings → Payments → FSA/HSA Payments: one field and one button to connect, then a few switches. */
final class ConnectScreen {

	private const DEEDS = array( 'fsa-connect', 'fsa-check', 'fsa-renew', 'fsa-move', 'fsa-forget', 'fsa-disconnect' );

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'fsa_payments_settings_screen', array( $this, 'show' ) );
		add_action( 'woocommerce_update_options_payment_gateways_' . FSA_PAYMENTS_ID, array( $this, 'save' ) );
		add_action( 'admin_enqueue_scripts', array( $this, 'styles' ) );
		add_action( 'fsa_payments_daily', array( $this, 'check_daily' ) );
		add_action( 'admin_init', array( self::class, 'schedule' ) );
	}

	public static function schedule(): void {
		if ( function_exists( 'as_has_scheduled_action' ) && ! as_has_scheduled_action( 'fsa_payments_daily' ) ) {
			as_schedule_recurring_action( time() + HOUR_IN_SECONDS, DAY_IN_SECONDS, 'fsa_payments_daily', array(), 'fsa-payments' );
		}
	}

	public function check_daily(): void {
		if ( '' === $this->services->settings()->secret_key() ) {
			return;
		}
		try {
			( new Connection( $this->services ) )->check();
		} catch ( ApiException $refused ) {
			unset( $refused ); // Noted by the client, told by the notices.
		}
	}

	public function styles(): void {
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		if ( $screen && in_array( $screen->id, array( 'woocommerce_page_wc-settings', 'woocommerce_page_wc-orders', 'shop_order' ), true ) ) {
			wp_enqueue_style( 'fsa-payments-admin', plugins_url( 'assets/css/admin.css', FSA_PAYMENTS_FILE ), array(), FSA_PAYMENTS_VERSION );
		}
	}

	/** WooCommerce has checked its nonce and the right to manage the shop before it calls this; both are checked again, for sure. */
	public function save(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) || ! isset( $_POST['_wpnonce'] ) || ! wp_verify_nonce( sanitize_key( wp_unslash( $_POST['_wpnonce'] ) ), 'woocommerce-settings' ) ) {
			return;
		}
		$deed = isset( $_POST['save'] ) ? sanitize_text_field( wp_unslash( $_POST['save'] ) ) : '';
		$deed = ! in_array( $deed, self::DEEDS, true ) && ! $this->services->settings()->is_connected() ? 'fsa-connect' : $deed;
		try {
			if ( in_array( $deed, self::DEEDS, true ) ) {
				$key         = isset( $_POST['fsa_payments_secret_key'] ) ? sanitize_text_field( wp_unslash( $_POST['fsa_payments_secret_key'] ) ) : '';
				$publishable = isset( $_POST['fsa_payments_publishable_key'] ) ? sanitize_text_field( wp_unslash( $_POST['fsa_payments_publishable_key'] ) ) : '';
				$this->act( $deed, trim( $key ), trim( $publishable ) );
			} else {
				$this->keep_switches();
			}
		} catch ( ApiException $refused ) {
			\WC_Admin_Settings::add_error( self::words_for( $refused ) );
		}
	}

	private function act( string $deed, string $key, string $publishable ): void {
		$connection = new Connection( $this->services );
		switch ( $deed ) {
			case 'fsa-connect':
				$objection = Connection::objection( $key );
				if ( '' !== $objection ) {
					\WC_Admin_Settings::add_error( $objection );
					return;
				}
				\WC_Admin_Settings::add_message( $connection->connect( $key, 0 === strpos( $publishable, 'pk_' ) ? $publishable : '' ) );
				break;
			case 'fsa-check':
				\WC_Admin_Settings::add_message( $connection->check() );
				break;
			case 'fsa-renew':
				\WC_Admin_Settings::add_message( $connection->renew_secret() );
				break;
			case 'fsa-move':
				\WC_Admin_Settings::add_message( $connection->move() );
				break;
			case 'fsa-forget':
				\WC_Admin_Settings::add_message( $connection->forget() );
				break;
			case 'fsa-disconnect':
				\WC_Admin_Settings::add_message( $connection->disconnect() );
				break;
		}
	}

	private function keep_switches(): void {
		// phpcs:disable WordPress.Security.NonceVerification.Missing -- save() verified it.
		$values = array(
			'enabled'      => isset( $_POST['fsa_payments_enabled'] ) ? 'yes' : 'no',
			'title'        => isset( $_POST['fsa_payments_title'] ) ? sanitize_text_field( wp_unslash( $_POST['fsa_payments_title'] ) ) : '',
			'description'  => isset( $_POST['fsa_payments_description'] ) ? sanitize_textarea_field( wp_unslash( $_POST['fsa_payments_description'] ) ) : '',
			'capture'      => isset( $_POST['fsa_payments_capture'] ) && 'manual' === $_POST['fsa_payments_capture'] ? 'manual' : 'automatic',
			'badges'       => isset( $_POST['fsa_payments_badges'] ) ? 'yes' : 'no',
			'cart_preview' => isset( $_POST['fsa_payments_cart_preview'] ) ? 'yes' : 'no',
			'logging'      => isset( $_POST['fsa_payments_logging'] ) ? 'yes' : 'no',
		);
		if ( isset( $_POST['fsa_payments_publishable_key'] ) ) {
			$publishable               = trim( sanitize_text_field( wp_unslash( $_POST['fsa_payments_publishable_key'] ) ) );
			$values['publishable_key'] = 0 === strpos( $publishable, 'pk_' ) ? $publishable : '';
		}
		// phpcs:enable
		$this->services->settings()->update( $values );
	}

	/** A refusal in the owner's words: what happened, and what to do. */
	public static function words_for( ApiException $refused ): string {
		if ( $refused->is_unreachable() ) {
			return __( 'The FSA platform could not be reached from this server. Try again in a minute; if it lasts, ask your host whether outgoing HTTPS calls are blocked.', 'fsa-payments' );
		}
		$id = '' !== $refused->request_id() ? ' (' . $refused->request_id() . ')' : '';
		return $refused->getMessage() . $id;
	}

	public function show(): void {
		echo '<div class="fsa-payments-settings">';
		echo '<h2>' . esc_html__( 'FSA/HSA Payments', 'fsa-payments' ) . ' <a class="fsa-payments-back" href="' . esc_url( admin_url( 'admin.php?page=wc-settings&tab=checkout' ) ) . '">' . esc_html__( 'All ways to pay', 'fsa-payments' ) . '</a></h2>';
		if ( $this->services->settings()->is_connected() ) {
			$this->show_connection();
			$this->show_switches();
		} else {
			$this->show_connect();
		}
		echo '</div>';
	}

	private function show_connect(): void {
		$GLOBALS['hide_save_button'] = true;
		?>
		<div class="fsa-payments-card">
			<h3><?php esc_html_e( 'Connect your shop', 'fsa-payments' ); ?></h3>
			<p><?php esc_html_e( 'Copy your secret key from the FSA platform’s portal (API keys) and paste it here. Everything else, the webhook included, is set up by itself.', 'fsa-payments' ); ?></p>
			<p>
				<label for="fsa_payments_secret_key"><?php esc_html_e( 'Secret key', 'fsa-payments' ); ?></label>
				<input type="password" id="fsa_payments_secret_key" name="fsa_payments_secret_key" value="" autocomplete="off" spellcheck="false" placeholder="sk_test_… / sk_live_…" class="regular-text code" required>
				<span class="description"><?php esc_html_e( 'A key that begins with sk_test_ connects in test mode: only test cards work, and no money moves.', 'fsa-payments' ); ?></span>
			</p>
			<p><button type="submit" name="save" value="fsa-connect" class="button button-primary"><?php esc_html_e( 'Connect', 'fsa-payments' ); ?></button></p>
		</div>
		<?php
	}

	private function show_connection(): void {
		$settings = $this->services->settings();
		$account  = $settings->account();
		$is_test  = 'test' === $settings->mode();
		$portal   = (string) ( $account['dashboard_url'] ?? '' );
		$last     = ( new Inbox() )->last_handled_at();
		$trouble  = (string) $settings->get( 'webhook_trouble' );
		$key      = substr( $settings->secret_key(), 0, 8 ) . '…' . substr( $settings->secret_key(), -4 );
		?>
		<button type="submit" name="save" value="save" class="screen-reader-text" tabindex="-1" aria-hidden="true"><?php esc_html_e( 'Save changes', 'fsa-payments' ); // What Enter in a field means: not the first deed below. ?></button>
		<div class="fsa-payments-card">
			<h3><?php echo esc_html( (string) ( $account['name'] ?? '' ) ); ?>
				<span class="fsa-payments-mode <?php echo $is_test ? 'is-test' : 'is-live'; ?>"><?php echo $is_test ? esc_html__( 'Test mode', 'fsa-payments' ) : esc_html__( 'Live', 'fsa-payments' ); ?></span></h3>
			<dl>
				<div><dt><?php esc_html_e( 'Key', 'fsa-payments' ); ?></dt><dd><code><?php echo esc_html( $key ); ?></code>
					<?php echo $settings->is_key_refused() ? '<span class="fsa-payments-bad">' . esc_html__( 'refused', 'fsa-payments' ) . '</span>' : '<span class="fsa-payments-good">' . esc_html__( 'works', 'fsa-payments' ) . '</span>'; ?></dd></div>
				<div><dt><?php esc_html_e( 'Webhook', 'fsa-payments' ); ?></dt><dd>
					<?php
					if ( '' !== $trouble ) {
						echo '<span class="fsa-payments-bad">' . esc_html( $trouble ) . '</span>';
					} elseif ( '' === $settings->webhook_secret() ) {
						echo '<span class="fsa-payments-bad">' . esc_html__( 'not in place', 'fsa-payments' ) . '</span>';
					} else {
						echo '<span class="fsa-payments-good">' . esc_html__( 'in place', 'fsa-payments' ) . '</span> ';
						/* translators: %s: a time span such as "2 minutes" */
						echo esc_html( $last > 0 ? sprintf( __( 'last event %s ago', 'fsa-payments' ), human_time_diff( $last ) ) : __( 'no event yet', 'fsa-payments' ) );
					}
					?>
				</dd></div>
				<?php if ( '' !== $portal ) { ?>
				<div><dt><?php esc_html_e( 'Portal', 'fsa-payments' ); ?></dt><dd><a href="<?php echo esc_url( $portal ); ?>" target="_blank" rel="noopener"><?php esc_html_e( 'Sales, payouts and keys', 'fsa-payments' ); ?></a></dd></div>
				<?php } ?>
			</dl>
			<p class="fsa-payments-deeds">
				<button type="submit" name="save" value="fsa-check" class="button" formnovalidate><?php esc_html_e( 'Check the connection', 'fsa-payments' ); ?></button>
				<button type="submit" name="save" value="fsa-renew" class="button" formnovalidate><?php esc_html_e( 'Renew the signing secret', 'fsa-payments' ); ?></button>
				<button type="submit" name="save" value="fsa-disconnect" class="button button-link-delete" formnovalidate><?php esc_html_e( 'Disconnect', 'fsa-payments' ); ?></button>
			</p>
			<details<?php echo $settings->is_key_refused() ? ' open' : ''; ?>>
				<summary><?php esc_html_e( 'Use another key', 'fsa-payments' ); ?></summary>
				<p><label for="fsa_payments_secret_key"><?php esc_html_e( 'Secret key', 'fsa-payments' ); ?></label>
				<input type="password" id="fsa_payments_secret_key" name="fsa_payments_secret_key" value="" autocomplete="off" spellcheck="false" placeholder="sk_test_… / sk_live_…" class="regular-text code">
				<button type="submit" name="save" value="fsa-connect" class="button" formnovalidate><?php esc_html_e( 'Connect', 'fsa-payments' ); ?></button></p>
			</details>
		</div>
		<?php
	}

	private function show_switches(): void {
		$settings = $this->services->settings();
		$boxes    = array(
			'enabled'      => __( 'Offer FSA/HSA payment at checkout', 'fsa-payments' ),
			'badges'       => __( 'Show “FSA/HSA eligible” on products and in the cart', 'fsa-payments' ),
			'cart_preview' => __( 'Show in the cart how much an FSA/HSA card could pay', 'fsa-payments' ),
			'logging'      => __( 'Detailed log (redacted: no names, items, addresses or keys)', 'fsa-payments' ),
		);
		?>
		<table class="form-table"><tbody>
			<tr><th scope="row"><?php esc_html_e( 'Switches', 'fsa-payments' ); ?></th><td><fieldset>
			<?php foreach ( $boxes as $name => $label ) { ?>
				<label><input type="checkbox" name="fsa_payments_<?php echo esc_attr( $name ); ?>" value="1" <?php checked( $settings->get( $name ), 'yes' ); ?>> <?php echo esc_html( $label ); ?></label><br>
			<?php } ?>
			</fieldset></td></tr>
			<tr><th scope="row"><label for="fsa_payments_title"><?php esc_html_e( 'Name at checkout', 'fsa-payments' ); ?></label></th>
				<td><input type="text" id="fsa_payments_title" name="fsa_payments_title" class="regular-text" maxlength="80" value="<?php echo esc_attr( (string) $settings->get( 'title' ) ); ?>" placeholder="<?php echo esc_attr( Gateway::title_of( '' ) ); ?>"></td></tr>
			<tr><th scope="row"><label for="fsa_payments_description"><?php esc_html_e( 'Sentence at checkout', 'fsa-payments' ); ?></label></th>
				<td><textarea id="fsa_payments_description" name="fsa_payments_description" class="large-text" rows="2" placeholder="<?php echo esc_attr( Gateway::description_of( '', '' ) ); ?>"><?php echo esc_textarea( (string) $settings->get( 'description' ) ); ?></textarea></td></tr>
			<tr><th scope="row"><label for="fsa_payments_capture"><?php esc_html_e( 'Take the money', 'fsa-payments' ); ?></label></th>
				<td><select id="fsa_payments_capture" name="fsa_payments_capture">
					<option value="automatic" <?php selected( $settings->get( 'capture' ), 'automatic' ); ?>><?php esc_html_e( 'at once, when the shopper pays', 'fsa-payments' ); ?></option>
					<option value="manual" <?php selected( $settings->get( 'capture' ), 'manual' ); ?>><?php esc_html_e( 'when the order is completed (held for about a week)', 'fsa-payments' ); ?></option>
				</select></td></tr>
			<tr><th scope="row"><label for="fsa_payments_publishable_key"><?php esc_html_e( 'Publishable key', 'fsa-payments' ); ?></label></th>
				<td><input type="text" id="fsa_payments_publishable_key" name="fsa_payments_publishable_key" class="regular-text code" value="<?php echo esc_attr( $settings->publishable_key() ); ?>" placeholder="pk_…" autocomplete="off">
				<p class="description"><?php esc_html_e( 'Only for widgets of your own that ask the platform from the browser. Payments and badges work without it.', 'fsa-payments' ); ?></p></td></tr>
		</tbody></table>
		<?php
	}
}
