<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;

defined( 'ABSPATH' ) || exit;

/** Products to the platform and verdicts back: hundreds as a file that is judged in the background, or one at once. */
final class Sender {

	private const PAGE = 100;
	private const LINE = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;

	/** @var Client */
	private $client;

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Client $client, Verdicts $verdicts ) {
		$this->client   = $client;
		$this->verdicts = $verdicts;
	}

	/**
	 * The lines of those that are to be sent: changed since they were sent last, or all where `$force`. What is neither on sale nor
	 * known to the platform stays at home.
	 *
	 * @param int[] $ids
	 * @return array post id => item
	 */
	public function items( array $ids, bool $force ): array {
		self::read_at_once( $ids );
		$items = array();
		foreach ( $ids as $id ) {
			$product = wc_get_product( $id );
			if ( ! $product ) {
				continue;
			}
			$item     = Item::of( $product );
			$is_known = '' !== $this->verdicts->product( $id );
			if ( ! $is_known && 'true' !== $item['is_active'] ) {
				continue;
			}
			$is_same = $item['sku'] === $this->verdicts->sku( $id ) && Item::hash( $item ) === $this->verdicts->hash( $id );
			if ( $force || ! $is_same || '' === $this->verdicts->status( $id ) ) {
				$items[ $id ] = $item;
			}
		}
		return $items;
	}

	/** Sends them as one file. The same lines under the same name are one file, however often they are sent. @return array the job as the run keeps it */
	public function send( array $items, string $name ): array {
		$text = '';
		foreach ( $items as $item ) {
			$text .= wp_json_encode( $item, self::LINE ) . "\n";
		}
		$job = $this->client->post_file( 'products/import?format=jsonl&filename=woocommerce.jsonl', $text, 'application/x-ndjson', "woo-$name-" . md5( $text ) );
		$of  = array();
		foreach ( $items as $id => $item ) {
			$of[] = array( $id, $item['sku'], Item::hash( $item ) );
		}
		return array( 'id' => (string) $job['id'], 'of' => $of );
	}

	/** null while the platform is at it, else its last word: `done`, `cancelled` or `failed`. */
	public function ended( array $job ): ?string {
		$state = (string) ( $this->client->get( 'eligibility/jobs/' . rawurlencode( $job['id'] ) )['state'] ?? '' );
		return in_array( $state, array( 'done', 'cancelled', 'failed' ), true ) ? $state : null;
	}

	/** Keeps what became of each line. @return array judged and refused, as counts */
	public function take( array $job ): array {
		$counts = array( 'judged' => 0, 'refused' => 0 );
		self::read_at_once( wp_list_pluck( $job['of'], 0 ) );
		$query = array( 'limit' => self::PAGE );
		do {
			$page = $this->client->get( 'eligibility/jobs/' . rawurlencode( $job['id'] ) . '/rows', $query );
			foreach ( $page['data'] ?? array() as $row ) {
				$of = $job['of'][ (int) $row['row'] - 1 ] ?? null;
				if ( $of && is_array( $row['result'] ?? null ) ) {
					++$counts[ $this->keep( (int) $of[0], (string) $of[1], (string) $of[2], $row['result'] ) ];
				}
			}
			$query['cursor'] = (string) ( $page['next_cursor'] ?? '' );
		} while ( '' !== $query['cursor'] );
		return $counts;
	}

	public function cancel( array $job ): void {
		try {
			$this->client->post( 'eligibility/jobs/' . rawurlencode( $job['id'] ) . '/cancel', array(), 'woo-cancel-' . $job['id'] );
		} catch ( ApiException $error ) {
			return; // it ended by itself meanwhile, or ends unheard
		}
	}

	/** Sends one that is marked, if the platform would read something else, and takes its mark away. */
	public function send_changed( int $id ): void {
		$marks = Marks::of( array( $id ) );
		$items = $this->items( array( $id ), Marks::is_forced( $id ) );
		if ( $items ) {
			$this->send_one( $id, $items[ $id ] );
		}
		Marks::take_away( $marks );
	}

	/** Sends one and keeps the verdict at once. */
	public function send_one( int $id, array $item ): void {
		$known = $item['sku'] === $this->verdicts->sku( $id ) ? $this->verdicts->product( $id ) : '';
		$body  = $item;
		if ( isset( $body['price_cents'] ) ) {
			$body['price_cents'] = (int) $body['price_cents'];
		}
		unset( $body['is_active'] );
		try {
			if ( '' === $known ) {
				$known = (string) $this->client->post( 'products', $body, 'woo-one-' . md5( $id . wp_json_encode( $body ) . wp_generate_password( 12, false ) ) )['id'];
			}
			unset( $body['sku'] );
			$answer = $this->client->patch( 'products/' . rawurlencode( $known ), $body + array( 'is_active' => 'true' === $item['is_active'] ) );
		} catch ( ApiException $error ) {
			if ( 400 !== $error->http_status() && 422 !== $error->http_status() ) {
				throw $error;
			}
			$this->keep( $id, $item['sku'], Item::hash( $item ), array( 'error' => array( 'message' => $error->getMessage() ) ) );
			return;
		}
		$this->keep( $id, $item['sku'], Item::hash( $item ), ( $answer['decision'] ?? array() ) + array( 'product' => $answer['id'] ) );
	}

	/** @return string `judged` or `refused` */
	private function keep( int $id, string $sku, string $hash, array $result ): string {
		$this->verdicts->sent( $id, $sku, $hash, (string) ( $result['product'] ?? '' ) );
		if ( isset( $result['error'] ) || ! isset( $result['status'] ) ) {
			$this->verdicts->refuse( $id, (string) ( $result['error']['message'] ?? '' ) );
			return 'refused';
		}
		$this->verdicts->keep( $id, $result );
		return 'judged';
	}

	/** Posts, meta and terms of all of them (and of the parents) by a few queries instead of some for each. */
	private static function read_at_once( array $ids ): void {
		_prime_post_caches( $ids, true, true );
		$parents = array_filter( array_unique( array_map( 'wp_get_post_parent_id', $ids ) ) );
		_prime_post_caches( array_values( $parents ), true, true );
	}

	/** A run over tens of thousands of products stays within a small process's memory. */
	public static function forget_what_was_read(): void {
		if ( function_exists( 'wp_cache_flush_runtime' ) && wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		}
	}
}
