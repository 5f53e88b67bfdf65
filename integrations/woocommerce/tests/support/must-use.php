<?php
/**
 * Loaded by the shop of a run before its plugins: no mail leaves it, and no call reaches a network.
 */
declare(strict_types=1);

require_once __DIR__ . '/Platform.php';

$GLOBALS['fsa_mails'] = array();
add_filter(
	'pre_wp_mail',
	static function ( $answer, $mail ) {
		$GLOBALS['fsa_mails'][] = $mail;
		return true;
	},
	10,
	2
);
add_filter( 'pre_http_request', array( FsaPayments\Tests\Platform::class, 'intercept' ), 10, 3 );
