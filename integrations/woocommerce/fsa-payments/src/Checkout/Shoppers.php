<?php
declare(strict_types=1);

namespace FsaPayments\Checkout;

use FsaPayments\Orders\Meta;
use FsaPayments\Services;

defined( 'ABSPATH' ) || exit;

/**
 * Which of the platform's shoppers a signed-in customer is. Saying so opens that person's saved cards and letters, so it is said only
 * of a customer whose e-mail address is proven: who set the account's password by a link that was mailed there. Anybody can register
 * under a stranger's address; nobody can read the stranger's mail. Sites that prove it otherwise have a filter.
 */
final class Shoppers {

	private const PROVEN = '_fsa_payments_proven_email';

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		add_action( 'woocommerce_customer_reset_password', array( self::class, 'note_proven' ) );
		add_action( 'after_password_reset', array( self::class, 'note_proven' ) );
	}

	/** @param \WP_User|mixed $user who came by the mailed link */
	public static function note_proven( $user ): void {
		if ( $user instanceof \WP_User ) {
			update_user_meta( $user->ID, self::PROVEN, self::print_of( $user->user_email ) );
		}
	}

	/** The customer's shp_… id, where it is known and may be used. */
	public function shopper_of( int $user_id ): string {
		$user  = $user_id > 0 ? get_userdata( $user_id ) : false;
		$known = $user ? get_user_meta( $user_id, Meta::SHOPPER, true ) : '';
		if ( ! $user || ! is_array( $known ) || ! $this->is_proven( $user ) ) {
			return '';
		}
		$is_same = ( $known['account'] ?? '' ) === $this->account() && ( $known['email'] ?? '' ) === self::print_of( $user->user_email );
		return $is_same ? (string) ( $known['shopper'] ?? '' ) : '';
	}

	/** Remembers whom the platform took this order's customer for. Only the account's own address counts, not what was typed. */
	public function learn( \WC_Order $order, string $shopper ): void {
		$user = $order->get_customer_id() > 0 ? get_userdata( (int) $order->get_customer_id() ) : false;
		if ( ! $user || '' === $shopper || self::print_of( $user->user_email ) !== self::print_of( $order->get_billing_email() ) ) {
			return;
		}
		update_user_meta(
			$user->ID,
			Meta::SHOPPER,
			array(
				'shopper' => $shopper,
				'account' => $this->account(),
				'email'   => self::print_of( $user->user_email ),
			)
		);
	}

	/** The order's customer is signed in with a proven address, and buys under it. */
	public function may_name( \WC_Order $order ): bool {
		$user = $order->get_customer_id() > 0 ? get_userdata( (int) $order->get_customer_id() ) : false;
		return $user && self::print_of( $user->user_email ) === self::print_of( $order->get_billing_email() ) && $this->is_proven( $user );
	}

	/** The customer's own address is proven, whatever they may type at the checkout. */
	public function may_be_named( int $user_id ): bool {
		$user = $user_id > 0 ? get_userdata( $user_id ) : false;
		return $user && $this->is_proven( $user );
	}

	private function is_proven( \WP_User $user ): bool {
		$is_proven = get_user_meta( $user->ID, self::PROVEN, true ) === self::print_of( $user->user_email );
		return (bool) apply_filters( 'fsa_payments_is_email_proven', $is_proven, $user );
	}

	private function account(): string {
		return (string) ( $this->services->settings()->account()['id'] ?? '' );
	}

	private static function print_of( string $email ): string {
		return hash( 'sha256', strtolower( trim( $email ) ) );
	}
}
