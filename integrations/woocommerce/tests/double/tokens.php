<?php
/** Saved cards. */
declare(strict_types=1);

abstract class WC_Payment_Token extends WC_Data {
	protected $type        = '';
	protected $object_type = 'payment_token';
	protected $data        = array( 'gateway_id' => '', 'token' => '', 'is_default' => false, 'user_id' => 0, 'last4' => '', 'card_type' => '', 'expiry_month' => '', 'expiry_year' => '' );

	public function __construct( $token = 0 ) {
		if ( $token && ! $this->read( is_object( $token ) ? $token->get_id() : $token, array( 'payment_token' ) ) ) {
			throw new Exception( 'Invalid payment token.' );
		}
	}

	public function get_type( $deprecated = '' ) {
		return $this->type;
	}

	public function __call( $name, $arguments ) {
		if ( preg_match( '/^(get|set)_(\w+)$/', $name, $m ) && array_key_exists( $m[2], $this->data ) ) {
			if ( 'set' === $m[1] ) {
				$this->data[ $m[2] ] = $arguments[0];
				return null;
			}
			return $this->data[ $m[2] ];
		}
		throw new BadMethodCallException( 'The double has no WC_Payment_Token::' . $name . '().' );
	}

	public function set_default( $is_default ) {
		$this->data['is_default'] = (bool) $is_default;
	}

	public function is_default() {
		return (bool) $this->data['is_default'];
	}

	public function validate() {
		return '' !== $this->data['token'];
	}

	public function save() {
		$this->id = FSA_WC_Store::write( $this->id, 'payment_token', (int) $this->data['user_id'], $this->data, $this->meta_data );
		return $this->id;
	}

	public function delete( $force_delete = false ) {
		FSA_WC_Store::erase( $this->id );
		return true;
	}
}

class WC_Payment_Token_CC extends WC_Payment_Token {
	protected $type = 'CC';
}

final class WC_Payment_Tokens {

	public static function get( $token_id ) {
		try {
			return new WC_Payment_Token_CC( $token_id );
		} catch ( Exception $missing ) {
			return null;
		}
	}

	public static function get_customer_tokens( $customer_id, $gateway_id = '' ) {
		$found = array();
		foreach ( $customer_id ? FSA_WC_Store::ids( 'payment_token', (int) $customer_id ) : array() as $id ) {
			$token = new WC_Payment_Token_CC( $id );
			if ( '' === $gateway_id || $token->get_gateway_id() === $gateway_id ) {
				$found[ $id ] = $token;
			}
		}
		return $found;
	}

	public static function delete( $token_id ) {
		FSA_WC_Store::erase( (int) $token_id );
	}
}
