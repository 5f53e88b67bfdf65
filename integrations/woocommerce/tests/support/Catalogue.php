<?php
declare(strict_types=1);

namespace FsaPayments\Tests;

use FsaPayments\Api\Client;
use FsaPayments\Eligibility\Sync;
use FsaPayments\Eligibility\Units;
use FsaPayments\Eligibility\Verdicts;
use FsaPayments\Settings;

/** A shop with products, and the platform's side of a file of them: taken, judged line by line, read page by page. */
final class Catalogue {

	/** @var array[] the lines of each file that was sent */
	public static $files = array();

	public static function sync(): Sync {
		$settings = new Settings();
		return new Sync( $settings, new Client( $settings ), new Units(), new Verdicts() );
	}

	/** What other tests' committed orders left is out of the way until this test is rolled back. */
	public static function empty_shop(): void {
		global $wpdb;
		$wpdb->query( "DELETE FROM {$wpdb->posts} WHERE post_type IN ('product', 'product_variation')" );
		wp_cache_flush();
	}

	public static function product( string $title, string $sku = '', array $more = array() ): int {
		$product = new \WC_Product_Simple();
		$product->set_name( $title );
		$product->set_regular_price( '9.99' );
		$product->set_price( '9.99' );
		$product->set_sku( $sku );
		$product->set_status( $more['status'] ?? 'publish' );
		if ( isset( $more['gtin'] ) ) {
			$product->set_global_unique_id( $more['gtin'] );
		}
		return (int) $product->save();
	}

	/** @param array $statuses SKU => status; eligible where nothing is said, `error` is a line that is refused */
	public static function platform_judges( array $statuses = array(), string $state = 'done' ): void {
		self::$files = array();
		Platform::on(
			'POST',
			'/v1/products/import',
			static function ( array $call ): array {
				self::$files[] = array_map( static function ( string $line ): array {
					return json_decode( $line, true );
				}, explode( "\n", trim( (string) $call['raw'] ) ) );
				return array( 202, array( 'id' => 'job_' . count( self::$files ), 'state' => 'queued' ) );
			}
		);
		Platform::on( 'GET', '/v1/eligibility/jobs/*', array( 200, array( 'state' => $state ) ) );
		Platform::on(
			'GET',
			'/v1/eligibility/jobs/*/rows',
			static function ( array $call ) use ( $statuses ): array {
				parse_str( $call['query'], $query );
				$lines = self::$files[ (int) substr( explode( '/', $call['path'] )[4], 4 ) - 1 ];
				$from  = (int) ( $query['cursor'] ?? 0 );
				$rows  = array();
				foreach ( array_slice( $lines, $from, (int) $query['limit'], true ) as $at => $line ) {
					$rows[] = array( 'row' => $at + 1, 'cells' => $line, 'result' => self::result( $line['sku'], $statuses[ $line['sku'] ] ?? 'eligible' ) );
				}
				$next = $from + count( $rows );
				return array( 200, array( 'data' => $rows, 'next_cursor' => $next < count( $lines ) ? (string) $next : null ) );
			}
		);
	}

	public static function result( string $sku, string $status ): array {
		if ( 'error' === $status ) {
			return array( 'error' => array( 'code' => 'parameter_invalid', 'param' => 'title', 'message' => 'title: This field may not be blank.' ) );
		}
		return array( 'status' => $status, 'reason' => "Because of $sku.", 'citation' => 'CARES Act §3702', 'evidence' => 'model', 'action' => 'added', 'product' => 'prod_' . strtolower( $sku ) );
	}
}
