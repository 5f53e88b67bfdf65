<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Settings;

defined( 'ABSPATH' ) || exit;

/** What the owner changes in the shop reaches the platform: saved products are sent again, deleted ones withdrawn. */
final class Watch {

	public const WITHDRAW = 'fsa_payments_withdraw';

	private const MANY = 20;

	/** @var Settings */
	private $settings;

	/** @var Client */
	private $client;

	/** @var Sync */
	private $sync;

	/** @var array id => true, saved in this request */
	private $saved = array();

	public function __construct( Settings $settings, Client $client, Sync $sync ) {
		$this->settings = $settings;
		$this->client   = $client;
		$this->sync     = $sync;
	}

	public function register(): void {
		foreach ( array( 'woocommerce_new_product', 'woocommerce_update_product', 'woocommerce_new_product_variation', 'woocommerce_update_product_variation' ) as $hook ) {
			add_action( $hook, array( $this, 'saved' ) );
		}
		add_action( 'untrashed_post', array( $this, 'saved' ) );
		add_action( 'wp_trash_post', array( $this, 'gone' ) );
		add_action( 'before_delete_post', array( $this, 'gone' ) );
		add_action( 'shutdown', array( $this, 'look_at_saved' ), 5 );
		add_action( self::WITHDRAW, array( $this, 'withdraw' ) );
		add_filter( 'woocommerce_duplicate_product_exclude_meta', array( $this, 'without_verdict' ) );
	}

	/** @param int|mixed $id */
	public function saved( $id ): void {
		$this->saved[ (int) $id ] = true;
	}

	/** Once a request: those of which the platform would read something else now are marked. A sale that only moves stock marks none. */
	public function look_at_saved(): void {
		$ids         = array_keys( $this->saved );
		$this->saved = array();
		if ( ! $ids || ! $this->sync->is_on() || ! $this->settings->is_connected() ) {
			return;
		}
		$units    = ( new Units() )->of_products( $ids );
		$verdicts = new Verdicts();
		if ( count( $units ) <= self::MANY ) {
			$units = array_filter(
				$units,
				static function ( int $id ) use ( $verdicts ): bool {
					$product = wc_get_product( $id );
					$item    = $product ? Item::of( $product ) : array();
					return $product && ( 'true' === $item['is_active'] || '' !== $verdicts->product( $id ) ) && Item::hash( $item ) !== $verdicts->hash( $id );
				}
			);
		}
		$this->sync->mark( array_values( $units ) );
	}

	/** @param int|mixed $id */
	public function gone( $id ): void {
		if ( ! in_array( get_post_type( (int) $id ), array( 'product', 'product_variation' ), true ) ) {
			return;
		}
		unset( $this->saved[ (int) $id ] );
		$verdicts = new Verdicts();
		foreach ( array_merge( array( (int) $id ), ( new Units() )->of_products( array( (int) $id ) ) ) as $unit ) {
			$product = $verdicts->product( $unit );
			if ( '' !== $product && '' !== $verdicts->hash( $unit ) ) {
				delete_post_meta( $unit, Verdicts::HASH ); // if it comes back, it is sent again
				as_enqueue_async_action( self::WITHDRAW, array( $product ), Sync::GROUP );
			}
		}
	}

	/** Off sale at the platform: its history stays. @param string|mixed $product */
	public function withdraw( $product ): void {
		if ( ! $this->sync->can_run() ) {
			return;
		}
		try {
			$this->client->patch( 'products/' . rawurlencode( (string) $product ), array( 'is_active' => false ) );
		} catch ( ApiException $error ) {
			if ( $error->is_retryable() ) {
				as_schedule_single_action( time() + 300, self::WITHDRAW, array( (string) $product ), Sync::GROUP );
			}
		}
	}

	/** A copy is a product of its own. @param array|mixed $keys */
	public function without_verdict( $keys ): array {
		return array_merge( (array) $keys, Verdicts::KEYS );
	}
}
