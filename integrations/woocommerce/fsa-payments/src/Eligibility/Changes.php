<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;
use FsaPayments\Log;
use FsaPayments\Settings;

defined( 'ABSPATH' ) || exit;

/**
 * Verdicts that the platform changes: told by webhook at once, read from its feed each night in case a message was lost. An
 * announced change is read anew when its moment comes.
 */
final class Changes {

	public const EVENT   = 'product.eligibility_changed';
	public const NIGHTLY = 'fsa_payments_catalogue_nightly';
	public const REFRESH = 'fsa_payments_refresh_verdicts';
	public const CURSOR  = 'fsa_payments_changes_cursor';

	private const PAGE = 100;

	/** @var Settings */
	private $settings;

	/** @var Client */
	private $client;

	/** @var Verdicts */
	private $verdicts;

	/** @var Sync */
	private $sync;

	public function __construct( Settings $settings, Client $client, Verdicts $verdicts, Sync $sync ) {
		$this->settings = $settings;
		$this->client   = $client;
		$this->verdicts = $verdicts;
		$this->sync     = $sync;
	}

	public function register(): void {
		add_action( 'fsa_payments_event_' . self::EVENT, array( $this, 'told' ) );
		add_action( 'fsa_payments_event_eligibility.dispute_answered', array( $this, 'told' ) );
		add_action( self::REFRESH, array( $this, 'refresh_or_later' ) );
		add_action( self::NIGHTLY, array( $this, 'nightly' ) );
		add_action( 'action_scheduler_init', array( $this, 'schedule' ) );
	}

	/** A quarter past three of the shop's night, once it follows the catalogue. */
	public function schedule(): void {
		if ( is_admin() && $this->settings->is_connected() && ! as_has_scheduled_action( self::NIGHTLY, array(), Sync::GROUP ) ) {
			$at = new \DateTimeImmutable( 'tomorrow 03:15', wp_timezone() );
			as_schedule_recurring_action( $at->getTimestamp(), DAY_IN_SECONDS, self::NIGHTLY, array(), Sync::GROUP );
		}
	}

	/** @param array|mixed $event as the webhook brought it */
	public function told( $event ): void {
		$change = is_array( $event ) ? ( $event['data']['object'] ?? $event['data'] ?? array() ) : array();
		$this->heed( is_array( $change ) ? $change : array() );
	}

	/** The feed from where it was left, then whatever differs in the shop from what was sent. */
	public function nightly(): void {
		if ( ! $this->sync->is_on() || ! $this->sync->can_run() ) {
			return;
		}
		try {
			$this->follow();
		} catch ( ApiException $error ) {
			Log::warning( 'The changes of verdicts could not be read: ' . $error->code_name() );
		}
		$this->sync->start();
	}

	public function follow(): void {
		$cursor = (string) get_option( self::CURSOR, '' );
		do {
			$page  = $this->client->get( 'eligibility/changes', array( 'limit' => self::PAGE ) + ( '' === $cursor ? array() : array( 'cursor' => $cursor ) ) );
			$moved = array();
			foreach ( $page['data'] ?? array() as $change ) {
				if ( 'changed' === $change['state'] ) {
					$moved[] = (string) $change['product'];
				} else {
					$this->heed( $change );
				}
			}
			$this->refresh( array_values( array_unique( $moved ) ) );
			$cursor = (string) ( $page['resume_cursor'] ?? $cursor );
			update_option( self::CURSOR, $cursor, false );
		} while ( '' !== (string) ( $page['next_cursor'] ?? '' ) );
	}

	/** The waiting action: where the platform cannot be reached, it waits again. @param array|mixed $products */
	public function refresh_or_later( $products ): void {
		try {
			$this->refresh( $products );
		} catch ( ApiException $error ) {
			Log::warning( 'Verdicts could not be read anew: ' . $error->code_name() );
			if ( $error->is_retryable() ) {
				as_schedule_single_action( time() + 300, self::REFRESH, array( $products ), Sync::GROUP );
			}
		}
	}

	/** Reads these products' verdicts anew. @param array|mixed $products the platform's ids */
	public function refresh( $products ): void {
		foreach ( array_chunk( array_filter( (array) $products, 'is_string' ), self::PAGE ) as $some ) {
			$known = array();
			foreach ( $this->verdicts->posts_of( $some ) as $id ) {
				$known[ $this->verdicts->product( $id ) ][] = $id;
			}
			if ( ! $known ) {
				continue;
			}
			$answer = $this->client->get( 'public/verdicts', array( 'ref' => array_keys( $known ) ) );
			foreach ( $answer['data'] ?? array() as $verdict ) {
				foreach ( empty( $verdict['product'] ) ? array() : ( $known[ (string) $verdict['ref'] ] ?? array() ) as $id ) {
					$this->verdicts->keep( $id, $verdict );
				}
			}
		}
	}

	private function heed( array $change ): void {
		$product = (string) ( $change['product'] ?? '' );
		$at      = strtotime( (string) ( $change['effective_at'] ?? '' ) );
		if ( '' === $product || 'withdrawn' === ( $change['state'] ?? '' ) ) {
			return;
		}
		$wait = 'upcoming' === ( $change['state'] ?? '' ) && $at ? max( 0, $at + 120 - time() ) : 0;
		as_schedule_single_action( time() + $wait, self::REFRESH, array( array( $product ) ), Sync::GROUP );
	}
}
