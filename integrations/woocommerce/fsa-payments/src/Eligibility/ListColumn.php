<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use WP_Query;

defined( 'ABSPATH' ) || exit;

/** The verdict in the list of products; of a variable product, how its variations came out. */
final class ListColumn {

	private const COLUMN = 'fsa_payments';

	/** @var Units */
	private $units;

	/** @var array|null product => array( status => how many ), of this page */
	private $page;

	public function __construct( Units $units ) {
		$this->units = $units;
	}

	public function register(): void {
		add_filter( 'manage_edit-product_columns', array( $this, 'column' ), 20 );
		add_action( 'manage_product_posts_custom_column', array( $this, 'cell' ), 10, 2 );
	}

	/** @param array|mixed $columns */
	public function column( $columns ): array {
		$with = array();
		foreach ( (array) $columns as $name => $label ) {
			$with[ $name ] = $label;
			if ( 'price' === $name ) {
				$with[ self::COLUMN ] = __( 'FSA/HSA', 'fsa-payments' );
			}
		}
		return $with + array( self::COLUMN => __( 'FSA/HSA', 'fsa-payments' ) );
	}

	/** @param string|mixed $column @param int|mixed $id */
	public function cell( $column, $id ): void {
		if ( self::COLUMN !== $column ) {
			return;
		}
		$counts = $this->counts( (int) $id );
		if ( ! $counts ) {
			echo '<span aria-hidden="true">–</span>';
		}
		foreach ( $counts as $status => $many ) {
			echo wp_kses_post( Words::owner_badge( (string) $status, array_sum( $counts ) > 1 ? ' × ' . number_format_i18n( $many ) : '' ) ) . ' ';
		}
	}

	private function counts( int $id ): array {
		global $wp_query;
		if ( null === $this->page || ! array_key_exists( $id, $this->page ) ) {
			$ids        = $wp_query instanceof WP_Query ? wp_list_pluck( (array) $wp_query->posts, 'ID' ) : array();
			$ids        = array_map( 'intval', array_merge( $ids, array( $id ) ) );
			$this->page = $this->units->statuses_of( $ids ) + array_fill_keys( $ids, array() );
		}
		return $this->page[ $id ];
	}
}
