<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** What the platform said of each product, kept beside it. A cache: the platform decides, here and again when somebody pays. */
final class Verdicts {

	public const VERDICT = '_fsa_payments_verdict';
	public const STATUS  = '_fsa_payments_eligibility';
	public const PRODUCT = '_fsa_payments_product';
	public const SKU     = '_fsa_payments_sku';
	public const HASH    = '_fsa_payments_synced_hash';
	public const CHANGED = '_fsa_payments_changed';
	public const KEYS    = array( self::VERDICT, self::STATUS, self::PRODUCT, self::SKU, self::HASH, self::CHANGED );

	private const PARTS = array( 'reason', 'citation', 'evidence' );

	/** The platform's status, `refused`, or nothing where it was never asked. */
	public function status( int $id ): string {
		return (string) get_post_meta( $id, self::STATUS, true );
	}

	/** What shoppers are told: the status, or that a card pays a share of it. */
	public function shown( int $id ): string {
		return $this->is_in_part( $id ) ? Words::IN_PART : $this->status( $id );
	}

	private function is_in_part( int $id ): bool {
		return 'eligible' === $this->status( $id ) && ! empty( $this->of( $id )['in_part'] );
	}

	/** status, in_part, label, reason, citation, evidence, as_of; empty where it was never asked. */
	public function of( int $id ): array {
		$verdict = get_post_meta( $id, self::VERDICT, true );
		return is_array( $verdict ) ? $verdict : array();
	}

	/** The platform's id of the product; nothing while it does not know it. */
	public function product( int $id ): string {
		return (string) get_post_meta( $id, self::PRODUCT, true );
	}

	public function sku( int $id ): string {
		return (string) get_post_meta( $id, self::SKU, true );
	}

	public function hash( int $id ): string {
		return (string) get_post_meta( $id, self::HASH, true );
	}

	/** @param array $said of the platform: status, reason, citation and more, which is not kept */
	public function keep( int $id, array $said ): void {
		$status = (string) ( $said['status'] ?? '' );
		if ( ! in_array( $status, Words::STATUSES, true ) ) {
			return;
		}
		$in_part = 'eligible' === $status && array_key_exists( 'eligible_fraction', $said ) && 1.0 !== (float) $said['eligible_fraction'];
		$verdict = array( 'status' => $status, 'in_part' => $in_part, 'label' => Words::label( $in_part ? Words::IN_PART : $status ) );
		foreach ( self::PARTS as $part ) {
			$verdict[ $part ] = mb_substr( (string) ( $said[ $part ] ?? '' ), 0, 500 );
		}
		$verdict['as_of'] = (string) ( $said['as_of'] ?? gmdate( 'Y-m-d\TH:i:s\Z' ) );
		$this->write( $id, $verdict );
	}

	/** The platform would not take it, and says why. What it said before no longer holds. */
	public function refuse( int $id, string $why ): void {
		$this->write( $id, array( 'status' => Words::REFUSED, 'label' => '', 'reason' => mb_substr( $why, 0, 500 ), 'citation' => '', 'evidence' => '', 'as_of' => gmdate( 'Y-m-d\TH:i:s\Z' ) ) );
	}

	/** As the product was sent: by which SKU and id it is known there, and by which text it would be the same. */
	public function sent( int $id, string $sku, string $hash, string $product ): void {
		update_post_meta( $id, self::SKU, wp_slash( $sku ) );
		update_post_meta( $id, self::HASH, $hash );
		if ( '' !== $product ) {
			update_post_meta( $id, self::PRODUCT, $product );
		}
	}

	/** @return int[] the posts that the platform knows by these ids */
	public function posts_of( array $products ): array {
		global $wpdb;
		if ( ! $products ) {
			return array();
		}
		$marks = implode( ', ', array_fill( 0, count( $products ), '%s' ) );
		// phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.PreparedSQLPlaceholders -- only placeholders.
		$rows = $wpdb->get_results( $wpdb->prepare( "SELECT post_id, meta_value FROM {$wpdb->postmeta} WHERE meta_key = %s AND meta_value IN ($marks)", array_merge( array( self::PRODUCT ), array_values( $products ) ) ) );
		return array_map( 'intval', wp_list_pluck( $rows, 'post_id' ) );
	}

	public function forget_all(): void {
		foreach ( array_diff( self::KEYS, array( self::CHANGED ) ) as $key ) {
			delete_post_meta_by_key( $key );
		}
	}

	private function write( int $id, array $verdict ): void {
		update_post_meta( $id, self::VERDICT, wp_slash( $verdict ) );
		update_post_meta( $id, self::STATUS, $verdict['status'] );
	}
}
