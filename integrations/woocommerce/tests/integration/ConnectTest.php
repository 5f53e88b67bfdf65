<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Integration;

use FsaPayments\Admin\Connection;
use FsaPayments\Api\ApiException;
use FsaPayments\Plugin;
use FsaPayments\Tests\Platform;
use FsaPayments\Tests\ShopCase;
use FsaPayments\Webhooks\Receiver;

final class ConnectTest extends ShopCase {

	private const KEY = 'sk_test_0123456789abcdefghijklmnop';

	protected function setUp(): void {
		parent::setUp();
		update_option( 'fsa_payments_settings', array( 'api_base' => Platform::BASE ), false );
	}

	private function settings(): \FsaPayments\Settings {
		return Plugin::services()->settings();
	}

	public function test_a_pasted_key_is_tried_and_the_webhook_made(): void {
		Platform::on( 'GET', '/v1/account', 'account' );
		Platform::on( 'POST', '/v1/webhook_endpoints', 'endpoint-made' );

		$told = ( new Connection( Plugin::services() ) )->connect( self::KEY );

		$this->assertSame( 'Connected to Acme in test mode. The webhook was made.', $told );
		$this->assertTrue( $this->settings()->is_connected() );
		$this->assertSame( array( 'test', 'yes', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' ), array( $this->settings()->mode(), $this->settings()->get( 'enabled' ), $this->settings()->webhook_secret() ) );
		$body = Platform::calls( 'POST', '/v1/webhook_endpoints' )[0]['body'];
		$this->assertSame( array( 'http://shop.example.test/wc-api/fsa_payments/', Receiver::EVENT_TYPES ), array( $body['url'], $body['event_types'] ) );
	}

	public function test_a_key_that_nobody_knows_is_not_kept(): void {
		Platform::on( 'GET', '/v1/account', 'error-key-invalid' );
		try {
			( new Connection( Plugin::services() ) )->connect( self::KEY );
			$this->fail( 'It was taken.' );
		} catch ( ApiException $refused ) {
			$this->assertSame( array( 'api_key_invalid', 401 ), array( $refused->code_name(), $refused->http_status() ) );
		}
		$this->assertSame( '', $this->settings()->secret_key() );
	}

	/** @dataProvider wrong_texts */
	public function test_another_text_is_refused_in_words( string $text, string $word ): void {
		$this->assertStringContainsString( $word, Connection::objection( $text ) );
	}

	public function wrong_texts(): array {
		return array(
			'nothing'         => array( '', 'Paste your secret key' ),
			'publishable'     => array( 'pk_test_0123456789abcdef', 'publishable' ),
			'signing secret'  => array( 'whsec_0123456789abcdef', 'signing secret' ),
			'something else'  => array( 'hello', 'sk_test_' ),
		);
	}

	public function test_a_secret_key_is_not_objected_to(): void {
		$this->assertSame( array( '', '' ), array( Connection::objection( self::KEY ), Connection::objection( 'rk_live_0123456789abcdef' ) ) );
	}

	public function test_a_moved_shop_is_noticed_and_moves_its_webhook(): void {
		$this->connect( array( 'webhook_url' => 'https://old.example.test/wc-api/fsa_payments/' ) );
		$connection = new Connection( Plugin::services() );
		$this->assertTrue( $connection->is_moved() );
		Platform::on( 'PATCH', '/v1/webhook_endpoints/we_ofthetests', 'endpoint-changed' );

		$connection->move();

		$this->assertFalse( $connection->is_moved() );
		$this->assertSame( array( 'url' => Receiver::url() ), Platform::calls( 'PATCH' )[0]['body'] );
	}

	public function test_disconnecting_takes_the_webhook_away_and_forgets_key_and_secret(): void {
		$this->connect();
		Platform::on( 'DELETE', '/v1/webhook_endpoints/we_ofthetests', 'endpoint-deleted' );

		( new Connection( Plugin::services() ) )->disconnect();

		$this->assertCount( 1, Platform::calls( 'DELETE' ) );
		$this->assertSame( array( '', '', false ), array( $this->settings()->secret_key(), $this->settings()->webhook_secret(), $this->settings()->is_connected() ) );
	}

	public function test_a_renewed_secret_leaves_the_one_before_for_a_day(): void {
		$this->connect( array( 'webhook_secret' => 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' ) );
		Platform::on( 'GET', '/v1/webhook_endpoints/we_ofthetests', array( 200, Platform::body( 'endpoint', array( 'url' => Receiver::url() ) ) ) );
		Platform::on( 'PATCH', '/v1/webhook_endpoints/we_ofthetests', 'endpoint-changed' );
		Platform::on( 'POST', '/v1/webhook_endpoints/we_ofthetests/rotate_secret', 'endpoint-rotated' );

		( new Connection( Plugin::services() ) )->renew_secret();

		$this->assertSame( array( 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' ), $this->settings()->webhook_secrets( time() ) );
		$this->assertSame( array( 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' ), $this->settings()->webhook_secrets( time() + 86401 ) );
	}
}
