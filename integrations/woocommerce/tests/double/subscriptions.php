<?php
declare(strict_types=1);

/** Of WooCommerce Subscriptions, what the gateway asks: does the cart begin a subscription? */
final class WC_Subscriptions_Cart {

	/** @var bool */
	public static $contains = false;

	public static function cart_contains_subscription(): bool {
		return self::$contains;
	}
}
