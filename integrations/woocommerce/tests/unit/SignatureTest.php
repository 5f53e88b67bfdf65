<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Unit;

use FsaPayments\Webhooks\Signature;
use PHPUnit\Framework\TestCase;

final class SignatureTest extends TestCase {

	private const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
	private const OTHER  = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
	private const ID     = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
	private const AT     = '1614265330';
	private const BODY   = '{"test": 2432232314}';
	private const SIGNED = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

	private static function is_valid( array $changed = array() ): bool {
		$m = array_merge( array( 'secrets' => array( self::SECRET ), 'id' => self::ID, 'at' => self::AT, 'signature' => self::SIGNED, 'body' => self::BODY, 'now' => 1614265330 ), $changed );
		return Signature::is_valid( $m['secrets'], $m['id'], $m['at'], $m['signature'], $m['body'], $m['now'] );
	}

	public function test_the_vector_of_standard_webhooks(): void {
		$this->assertSame( self::SIGNED, Signature::sign( self::SECRET, self::ID, self::AT, self::BODY ) );
		$this->assertTrue( self::is_valid() );
	}

	/** @dataProvider forgeries */
	public function test_is_refused( array $changed ): void {
		$this->assertFalse( self::is_valid( $changed ) );
	}

	public function forgeries(): array {
		return array(
			'another body'           => array( array( 'body' => '{"test": 2432232315}' ) ),
			'a space more'           => array( array( 'body' => self::BODY . ' ' ) ),
			'another id'             => array( array( 'id' => 'msg_another' ) ),
			'no id'                  => array( array( 'id' => '' ) ),
			'another time'           => array( array( 'at' => '1614265331' ) ),
			'a time that is none'    => array( array( 'at' => 'yesterday' ) ),
			'a time with a sign'     => array( array( 'at' => '+1614265330' ) ),
			'no time'                => array( array( 'at' => '' ) ),
			'five minutes old'       => array( array( 'now' => 1614265330 + 301 ) ),
			'from the future'        => array( array( 'now' => 1614265330 - 301 ) ),
			'another secret'         => array( array( 'secrets' => array( self::OTHER ) ) ),
			'no secret'              => array( array( 'secrets' => array() ) ),
			'an empty secret'        => array( array( 'secrets' => array( '' ) ) ),
			'a secret of the prefix' => array( array( 'secrets' => array( 'whsec_' ) ) ),
			'no signature'           => array( array( 'signature' => '' ) ),
			'another version'        => array( array( 'signature' => 'v1a' . substr( self::SIGNED, 2 ) ) ),
			'without its version'    => array( array( 'signature' => substr( self::SIGNED, 3 ) ) ),
			'cut short'              => array( array( 'signature' => substr( self::SIGNED, 0, -2 ) ) ),
		);
	}

	/** @dataProvider just_in_time */
	public function test_five_minutes_are_allowed( int $now ): void {
		$this->assertTrue( self::is_valid( array( 'now' => $now ) ) );
	}

	public function just_in_time(): array {
		return array( 'late' => array( 1614265330 + 300 ), 'early' => array( 1614265330 - 300 ) );
	}

	public function test_one_signature_of_several_is_enough_while_a_secret_changes(): void {
		$old = Signature::sign( self::OTHER, self::ID, self::AT, self::BODY );

		$this->assertTrue( self::is_valid( array( 'signature' => "$old " . self::SIGNED ) ) );
		$this->assertTrue( self::is_valid( array( 'secrets' => array( self::OTHER, self::SECRET ) ) ) );
	}
}
