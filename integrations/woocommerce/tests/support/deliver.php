<?php
/**
 * php deliver.php <root> <case.json>: one request of its own, beside others: the platform's message comes in. Says the HTTP status.
 * case: { id, timestamp, signature, body, session } – session is what the platform answers when it is asked.
 */
declare(strict_types=1);

$_SERVER += array( 'HTTP_HOST' => 'shop.example.test', 'REQUEST_METHOD' => 'POST', 'REQUEST_URI' => '/wc-api/fsa_payments/', 'SERVER_PROTOCOL' => 'HTTP/1.1' );
require $argv[1] . '/wp-load.php';

use FsaPayments\Tests\Platform;

$case = json_decode( (string) file_get_contents( $argv[2] ), true );
Platform::on( 'GET', '/v1/checkout/sessions/*', array( 200, $case['session'] ) );
Platform::on( 'POST', '/v1/refunds', 'refund-made' );
while ( microtime( true ) < $case['start'] ) {
	usleep( 1000 ); // All begin at once.
}
$status = ( new FsaPayments\Webhooks\Receiver( FsaPayments\Plugin::services() ) )->handle( $case['id'], $case['timestamp'], $case['signature'], $case['body'] );
echo wp_json_encode( array( 'status' => $status, 'asked' => count( Platform::calls( 'GET' ) ), 'refunds' => count( Platform::calls( 'POST', '/v1/refunds' ) ) ) );
