<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/**
 * What can be put into a basket: simple products and each variation. Covers (variable, grouped) and goods of other shops (external)
 * are none. Counted and found by SQL, for catalogues are large.
 */
final class Units {

	private const COVERS = array( 'variable', 'variable-subscription', 'grouped', 'external' );

	/** @return int[] in order, those behind `$after` */
	public function ids_after( int $after, int $limit, bool $only_changed = false ): array {
		global $wpdb;
		$changed = $only_changed ? "JOIN {$wpdb->postmeta} c ON c.post_id = p.ID AND c.meta_key = '" . Verdicts::CHANGED . "'" : '';
		// phpcs:ignore WordPress.DB.PreparedSQL -- the conditions are written here.
		return array_map( 'intval', $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT p.ID FROM {$wpdb->posts} p $changed WHERE p.ID > %d AND {$this->are()} ORDER BY p.ID LIMIT %d", $after, $limit ) ) );
	}

	public function count( bool $only_changed = false ): int {
		global $wpdb;
		$changed = $only_changed ? "JOIN {$wpdb->postmeta} c ON c.post_id = p.ID AND c.meta_key = '" . Verdicts::CHANGED . "'" : '';
		// phpcs:ignore WordPress.DB.PreparedSQL -- the conditions are written here.
		return (int) $wpdb->get_var( "SELECT COUNT(DISTINCT p.ID) FROM {$wpdb->posts} p $changed WHERE {$this->are()}" );
	}

	/** @return int[] status => how many; '' is those that nobody checked. Of what is on sale. */
	public function counts(): array {
		global $wpdb;
		// phpcs:ignore WordPress.DB.PreparedSQL -- the conditions are written here.
		$rows   = $wpdb->get_results( "SELECT COALESCE(v.meta_value, '') AS status, COUNT(*) AS many FROM {$wpdb->posts} p LEFT JOIN {$wpdb->postmeta} v ON v.post_id = p.ID AND v.meta_key = '" . Verdicts::STATUS . "' WHERE {$this->on_sale()} GROUP BY 1" );
		$counts = array_fill_keys( array_merge( Words::STATUSES, array( Words::REFUSED, '' ) ), 0 );
		foreach ( $rows as $row ) {
			$counts[ isset( $counts[ $row->status ] ) ? $row->status : '' ] += (int) $row->many;
		}
		return $counts;
	}

	/**
	 * What the units of these products are judged to be, for a page of the list in one query.
	 *
	 * @param int[] $products
	 * @return array product => array( status => how many )
	 */
	public function statuses_of( array $products ): array {
		global $wpdb;
		if ( ! $products ) {
			return array();
		}
		$ids = implode( ', ', array_map( 'intval', $products ) );
		// phpcs:ignore WordPress.DB.PreparedSQL -- numbers, and conditions that are written here.
		$rows = $wpdb->get_results( "SELECT IF(p.post_type = 'product', p.ID, p.post_parent) AS product, COALESCE(v.meta_value, '') AS status, COUNT(*) AS many FROM {$wpdb->posts} p LEFT JOIN {$wpdb->postmeta} v ON v.post_id = p.ID AND v.meta_key = '" . Verdicts::STATUS . "' WHERE {$this->are()} AND (p.ID IN ($ids) OR p.post_parent IN ($ids)) GROUP BY 1, 2" );
		$found = array();
		foreach ( $rows as $row ) {
			$found[ (int) $row->product ][ $row->status ] = (int) $row->many;
		}
		return $found;
	}

	/** A condition on posts: products that have a unit of this status ('' is not checked). For a query whose posts are `$table`. */
	public function condition( string $table, string $status ): string {
		global $wpdb;
		$is = '' === $status ? 'v.meta_value IS NULL' : $wpdb->prepare( 'v.meta_value = %s', $status );
		return "$table.ID IN (SELECT IF(p.post_type = 'product', p.ID, p.post_parent) FROM {$wpdb->posts} p LEFT JOIN {$wpdb->postmeta} v ON v.post_id = p.ID AND v.meta_key = '" . Verdicts::STATUS . "' WHERE {$this->are()} AND $is)";
	}

	/** @param int[] $products @return int[] their units: themselves or their variations */
	public function of_products( array $products ): array {
		global $wpdb;
		if ( ! $products ) {
			return array();
		}
		$ids = implode( ', ', array_map( 'intval', $products ) );
		// phpcs:ignore WordPress.DB.PreparedSQL -- numbers, and conditions that are written here.
		return array_map( 'intval', $wpdb->get_col( "SELECT p.ID FROM {$wpdb->posts} p WHERE {$this->are()} AND (p.ID IN ($ids) OR p.post_parent IN ($ids))" ) );
	}

	private function are(): string {
		$covers = $this->cover_terms();
		$simple = "p.post_type = 'product'" . ( $covers ? " AND NOT EXISTS (SELECT 1 FROM {$this->relationships()} r WHERE r.object_id = p.ID AND r.term_taxonomy_id IN ($covers))" : '' );
		return "(p.post_status NOT IN ('trash', 'auto-draft', 'inherit') AND (($simple) OR (p.post_type = 'product_variation' AND p.post_parent > 0)))";
	}

	private function on_sale(): string {
		global $wpdb;
		return "{$this->are()} AND p.post_status = 'publish' AND (p.post_type = 'product' OR EXISTS (SELECT 1 FROM {$wpdb->posts} w WHERE w.ID = p.post_parent AND w.post_status = 'publish'))";
	}

	private function relationships(): string {
		global $wpdb;
		return $wpdb->term_relationships;
	}

	/** The ids of the covers' terms, as SQL takes them. */
	private function cover_terms(): string {
		global $wpdb;
		$slugs = "'" . implode( "', '", self::COVERS ) . "'";
		// phpcs:ignore WordPress.DB.PreparedSQL -- slugs that are written here.
		return implode( ', ', array_map( 'intval', $wpdb->get_col( "SELECT tt.term_taxonomy_id FROM {$wpdb->term_taxonomy} tt JOIN {$wpdb->terms} t ON t.term_id = tt.term_id WHERE tt.taxonomy = 'product_type' AND t.slug IN ($slugs)" ) ) );
	}
}
