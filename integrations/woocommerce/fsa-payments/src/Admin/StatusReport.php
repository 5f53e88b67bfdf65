<?php
declare(strict_types=1);

namespace FsaPayments\Admin;

use FsaPayments\Services;
use FsaPayments\Webhooks\Inbox;

defined( 'ABSPATH' ) || exit;

/** A section of WooCommerce → Status, for whoever helps the owner. No key, no secret, no shopper in it. */
final class StatusReport {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'woocommerce_system_status_report', array( $this, 'show' ) );
	}

	public function show(): void {
		echo '<table class="wc_status_table widefat" cellspacing="0"><thead><tr><th colspan="3" data-export-label="FSA/HSA Payments"><h2>' . esc_html__( 'FSA/HSA Payments', 'fsa-payments' ) . '</h2></th></tr></thead><tbody>';
		foreach ( $this->rows() as $row ) {
			echo '<tr><td data-export-label="' . esc_attr( $row[0] ) . '">' . esc_html( $row[1] ) . ':</td><td class="help">&nbsp;</td><td>' . esc_html( $row[2] ) . '</td></tr>';
		}
		echo '</tbody></table>';
	}

	/** @return array[] name in English for the export, name, value */
	public function rows(): array {
		$settings = $this->services->settings();
		$circuit  = $this->services->client()->circuit();
		$last     = ( new Inbox() )->last_handled_at();
		$yes      = __( 'yes', 'fsa-payments' );
		$no       = __( 'no', 'fsa-payments' );
		return array(
			array( 'Version', __( 'Version', 'fsa-payments' ), FSA_PAYMENTS_VERSION ),
			array( 'Connected', __( 'Connected', 'fsa-payments' ), $settings->is_connected() ? $yes : $no ),
			array( 'Mode', __( 'Mode', 'fsa-payments' ), '' !== $settings->mode() ? $settings->mode() : '–' ),
			array( 'Account', __( 'Account', 'fsa-payments' ), (string) ( $settings->account()['id'] ?? '–' ) ),
			array( 'API', __( 'API', 'fsa-payments' ), $settings->api_base() ),
			array( 'Key refused', __( 'Key refused', 'fsa-payments' ), $settings->is_key_refused() ? $yes : $no ),
			array( 'Offered at checkout', __( 'Offered at checkout', 'fsa-payments' ), 'yes' === $settings->get( 'enabled' ) ? $yes : $no ),
			array( 'Capture', __( 'Capture', 'fsa-payments' ), (string) $settings->get( 'capture' ) ),
			array( 'Webhook endpoint', __( 'Webhook endpoint', 'fsa-payments' ), (string) $settings->get( 'webhook_endpoint' ) ?: '–' ),
			array( 'Webhook address is current', __( 'Webhook address is current', 'fsa-payments' ), ( new Connection( $this->services ) )->is_moved() ? $no : $yes ),
			array( 'Last event', __( 'Last event', 'fsa-payments' ), $last > 0 ? gmdate( 'Y-m-d H:i:s', $last ) . ' UTC' : '–' ),
			array( 'Platform reachable', __( 'Platform reachable', 'fsa-payments' ), $circuit->is_open() ? $no : $yes ),
			array( 'Last outage', __( 'Last outage', 'fsa-payments' ), $circuit->last_outage() > 0 ? gmdate( 'Y-m-d H:i:s', $circuit->last_outage() ) . ' UTC' : '–' ),
		);
	}
}
