<?php
/** Rows of the double: one table for orders, items, refunds and tokens. Not posts: an order's meta is not to be had by get_post_meta(). */
declare(strict_types=1);

final class FSA_WC_Store {

	public static function table(): string {
		return $GLOBALS['wpdb']->prefix . 'wc_double';
	}

	public static function make_table(): void {
		global $wpdb;
		if ( get_option( 'fsa_wc_double' ) !== 'made' ) {
			$wpdb->query(
				'CREATE TABLE IF NOT EXISTS ' . self::table() . ' (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(40) NOT NULL,
				parent BIGINT UNSIGNED NOT NULL DEFAULT 0, props LONGTEXT NOT NULL, meta LONGTEXT NOT NULL, KEY parent (parent, kind)) ENGINE=InnoDB'
			);
			update_option( 'fsa_wc_double', 'made' );
		}
	}

	/** Writes a row and gives its id. Meta rows are (key, value); a value is kept as text, as in a meta table. */
	public static function write( int $id, string $kind, int $parent, array $props, array $meta ): int {
		global $wpdb;
		$row = array( 'kind' => $kind, 'parent' => $parent, 'props' => serialize( $props ), 'meta' => serialize( array_map( array( self::class, 'as_text' ), $meta ) ) );
		if ( $id ) {
			$wpdb->update( self::table(), $row, array( 'id' => $id ) );
			return $id;
		}
		$wpdb->insert( self::table(), $row );
		return (int) $wpdb->insert_id;
	}

	/** array( kind, parent, props, meta ), or null. */
	public static function read( int $id ): ?array {
		global $wpdb;
		$row = $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE id = %d', $id ), ARRAY_A );
		if ( null === $row ) {
			return null;
		}
		$meta = array_map( array( self::class, 'from_text' ), unserialize( $row['meta'] ) );
		return array( 'kind' => $row['kind'], 'parent' => (int) $row['parent'], 'props' => unserialize( $row['props'] ), 'meta' => $meta );
	}

	/** Ids, oldest first. */
	public static function ids( string $kind, ?int $parent = null ): array {
		global $wpdb;
		$sql = $wpdb->prepare( 'SELECT id FROM ' . self::table() . ' WHERE kind = %s', $kind );
		if ( null !== $parent ) {
			$sql .= $wpdb->prepare( ' AND parent = %d', $parent );
		}
		return array_map( 'intval', $wpdb->get_col( $sql . ' ORDER BY id' ) );
	}

	public static function erase( int $id ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . self::table() . ' WHERE id = %d OR parent = %d', $id, $id ) );
	}

	private static function as_text( array $row ): array {
		$row['value'] = maybe_serialize( $row['value'] );
		$row['value'] = is_bool( $row['value'] ) ? ( $row['value'] ? '1' : '' ) : (string) $row['value'];
		return $row;
	}

	private static function from_text( array $row ): array {
		$row['value'] = maybe_unserialize( $row['value'] );
		return $row;
	}
}
