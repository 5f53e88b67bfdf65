<?php
/**
 * php pure.php baskets|signatures < cases.json > answers.json: what the plugin's pure classes make of each case, without WordPress.
 */
declare(strict_types=1);

define( 'ABSPATH', __DIR__ );
spl_autoload_register(
	static function ( string $name ): void {
		require dirname( __DIR__, 2 ) . '/fsa-payments/src/' . str_replace( array( 'FsaPayments\\', '\\' ), array( '', '/' ), $name ) . '.php';
	}
);

$cases = json_decode( (string) stream_get_contents( STDIN ), true );
$deeds = array(
	'baskets'    => static function ( array $order ): array {
		$basket = new FsaPayments\Checkout\Basket( $order );
		return array( 'body' => $basket->body(), 'computed_cents' => $basket->computed_cents(), 'map' => $basket->map() );
	},
	'signatures' => static function ( array $m ): bool {
		return FsaPayments\Webhooks\Signature::is_valid( $m['secrets'], $m['id'], $m['timestamp'], $m['signature'], $m['body'], $m['now'] );
	},
);
echo json_encode( array_map( $deeds[ $argv[1] ], $cases ), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE );
