<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use WP_Query;

defined( 'ABSPATH' ) || exit;

/** The list of products by verdict. A variable product is found by any of its variations. */
final class ListFilter {

	public const FIELD     = 'fsa_payments_status';
	public const UNCHECKED = 'unchecked';

	/** @var Units */
	private $units;

	public function __construct( Units $units ) {
		$this->units = $units;
	}

	public function register(): void {
		add_action( 'restrict_manage_posts', array( $this, 'show' ), 20 );
		add_filter( 'posts_where', array( $this, 'narrow' ), 10, 2 );
	}

	public static function address( string $status ): string {
		return add_query_arg( array( 'post_type' => 'product', self::FIELD => '' === $status ? self::UNCHECKED : $status ), admin_url( 'edit.php' ) );
	}

	/** @param string|mixed $type */
	public function show( $type ): void {
		if ( 'product' !== $type ) {
			return;
		}
		echo '<label class="screen-reader-text" for="' . esc_attr( self::FIELD ) . '">' . esc_html__( 'Filter by FSA/HSA eligibility', 'fsa-payments' ) . '</label><select name="' . esc_attr( self::FIELD ) . '" id="' . esc_attr( self::FIELD ) . '"><option value="">' . esc_html__( 'Any FSA/HSA eligibility', 'fsa-payments' ) . '</option>';
		foreach ( array_merge( Words::STATUSES, array( Words::REFUSED, self::UNCHECKED ) ) as $status ) {
			echo '<option value="' . esc_attr( $status ) . '"' . selected( $this->asked(), $status, false ) . '>' . esc_html( Words::name( $status ) ) . '</option>';
		}
		echo '</select>';
	}

	/** @param string|mixed $where @param WP_Query|mixed $query */
	public function narrow( $where, $query ): string {
		global $wpdb, $pagenow;
		$asked = 'edit.php' === $pagenow && $query instanceof WP_Query && $query->is_main_query() && 'product' === $query->get( 'post_type' ) ? $this->asked() : '';
		return '' === $asked ? (string) $where : $where . ' AND ' . $this->units->condition( $wpdb->posts, self::UNCHECKED === $asked ? '' : $asked );
	}

	private function asked(): string {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- a filter of a list changes nothing.
		$asked = isset( $_GET[ self::FIELD ] ) ? sanitize_key( wp_unslash( $_GET[ self::FIELD ] ) ) : '';
		return in_array( $asked, array_merge( Words::STATUSES, array( Words::REFUSED, self::UNCHECKED ) ), true ) ? $asked : '';
	}
}
