<?php
declare(strict_types=1);

namespace FsaPayments\Admin;

use FsaPayments\Gateway\Registration;
use FsaPayments\Services;

defined( 'ABSPATH' ) || exit;

/** What the owner must know, on the screens of the shop: what is wrong, what it means for shoppers, and what to do. */
final class Notices {

	/** How long an outage that is over is still told. */
	private const OUTAGE_TOLD = 3600;

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'admin_notices', array( $this, 'show' ) );
	}

	public function show(): void {
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			return;
		}
		foreach ( $this->messages() as $message ) {
			echo '<div class="notice notice-' . esc_attr( $message['kind'] ) . '"><p><strong>' . esc_html__( 'FSA/HSA Payments:', 'fsa-payments' ) . '</strong> ' . esc_html( $message['text'] )
				. ' <a href="' . esc_url( Registration::settings_url() ) . '">' . esc_html( $message['link'] ) . '</a></p>';
			if ( ! empty( $message['moved'] ) ) {
				$this->moved_buttons();
			}
			echo '</div>';
		}
	}

	/** @return array[] kind, text, link */
	public function messages(): array {
		$settings = $this->services->settings();
		$open     = __( 'Open the settings', 'fsa-payments' );
		if ( '' === $settings->secret_key() || ! $settings->is_connected() ) {
			return array(
				array(
					'kind' => 'info',
					'text' => __( 'Your shop is not connected yet. It takes one key and less than a minute.', 'fsa-payments' ),
					'link' => __( 'Connect your shop', 'fsa-payments' ),
				),
			);
		}
		$messages = array();
		if ( $settings->is_key_refused() ) {
			$messages[] = array(
				'kind' => 'error',
				/* translators: %s: why, in the platform's words */
				'text' => sprintf( __( 'The platform refuses this shop’s key, so FSA/HSA payment is hidden at checkout; your other ways to pay go on. %s', 'fsa-payments' ), (string) $settings->get( 'key_refused' ) ),
				'link' => __( 'Check the key, or paste a new one', 'fsa-payments' ),
			);
		}
		if ( ( new Connection( $this->services ) )->is_moved() ) {
			$messages[] = array(
				'kind'  => 'warning',
				'text'  => __( 'This shop’s address has changed since it was connected, so payments are no longer reported here. Is it the same shop at a new address, or a copy of it?', 'fsa-payments' ),
				'link'  => $open,
				'moved' => true,
			);
		} elseif ( '' !== (string) $settings->get( 'webhook_trouble' ) || '' === $settings->webhook_secret() ) {
			$messages[] = array(
				'kind' => 'warning',
				'text' => __( 'The webhook is not in place: orders of shoppers who close the browser too early stay unpaid until somebody looks.', 'fsa-payments' ) . ' ' . (string) $settings->get( 'webhook_trouble' ),
				'link' => __( 'Check the connection', 'fsa-payments' ),
			);
		}
		if ( $this->services->client()->circuit()->is_open() ) {
			$messages[] = array(
				'kind' => 'warning',
				'text' => __( 'The FSA platform cannot be reached just now. FSA/HSA payment is hidden at checkout and comes back by itself; your other ways to pay go on. You need do nothing.', 'fsa-payments' ),
				'link' => $open,
			);
		} elseif ( time() - $this->services->client()->circuit()->last_outage() < self::OUTAGE_TOLD ) {
			$messages[] = array(
				'kind' => 'info',
				'text' => __( 'The FSA platform could not be reached for a while within the last hour. It answers again; orders are brought up to date by themselves.', 'fsa-payments' ),
				'link' => $open,
			);
		}
		if ( 'USD' !== get_woocommerce_currency() ) {
			$messages[] = array(
				'kind' => 'warning',
				'text' => __( 'FSA and HSA cards pay in US dollars only; your shop sells in another currency, so this way to pay is hidden.', 'fsa-payments' ),
				'link' => $open,
			);
		}
		return $messages;
	}

	private function moved_buttons(): void {
		echo '<form method="post" action="' . esc_url( Registration::settings_url() ) . '"><p>';
		wp_nonce_field( 'woocommerce-settings' );
		echo '<button type="submit" class="button button-primary" name="save" value="fsa-move">' . esc_html__( 'The same shop, moved', 'fsa-payments' ) . '</button> ';
		echo '<button type="submit" class="button" name="save" value="fsa-forget">' . esc_html__( 'A copy: disconnect it', 'fsa-payments' ) . '</button></p></form>';
	}
}
