<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

use FsaPayments\Plugin;
use FsaPayments\Webhooks\Receiver;
use FsaPayments\Webhooks\Signature;
use WC_Order;

/** A connected shop that sells: orders become sessions, the platform's messages come in signed. Answers are recordings. */
abstract class SaleCase extends ShopCase {

	protected const SESSION = 'cs_00000000000000000000000001';
	protected const PAYMENT = 'pay_00000000000000000000000001';
	protected const SECRET  = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

	protected function setUp(): void {
		parent::setUp();
		$this->connect();
	}

	protected function gateway() {
		return WC()->payment_gateways()->payment_gateways()['fsa_payments'];
	}

	/** The shopper presses the button; the platform opens the recorded session. */
	protected function press( WC_Order $order ): array {
		Platform::on( 'POST', '/v1/checkout/sessions', 'session-open' );
		return $this->gateway()->process_payment( $order->get_id() );
	}

	/** An order whose shopper is on the payment page. */
	protected function sent_to_pay( ?WC_Order $order = null ): WC_Order {
		$order = $order ?? Baskets::usual();
		$this->press( $order );
		$this->session_is( 'session-open' );
		return wc_get_order( $order->get_id() );
	}

	/** What the platform says of the session from now on. */
	protected function session_is( string $recording, array $changes = array() ): void {
		Platform::on( 'GET', '/v1/checkout/sessions/' . self::SESSION, array( 200, Platform::body( $recording, array( 'id' => self::SESSION ) + $changes ) ) );
	}

	/** A recorded event as it comes to this shop: it is about this order. Answers the HTTP status. */
	protected function deliver( string $recording, WC_Order $order, array $changes = array(), array $how = array() ): int {
		$event                                = Platform::recording( $recording )['event'];
		$event['data']['client_reference_id'] = (string) $order->get_id();
		$event                                = array_replace_recursive( $event, $changes );
		return $this->post( $event, $how );
	}

	/** @param array $how id, at, secret, body: what differs from an honest message */
	protected function post( array $event, array $how = array() ): int {
		$body   = (string) wp_json_encode( $event );
		$id     = $how['id'] ?? $event['id'];
		$at     = (string) ( $how['at'] ?? time() );
		$signed = Signature::sign( $how['secret'] ?? self::SECRET, $id, $at, $body );
		return ( new Receiver( Plugin::services() ) )->handle( $id, $at, $how['signature'] ?? $signed, $how['body'] ?? $body );
	}

	protected function fresh( WC_Order $order ): WC_Order {
		wp_cache_flush();
		return wc_get_order( $order->get_id() );
	}
}
