<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** Products that are to be sent: a mark beside each, another one each time it is saved. */
final class Marks {

	/** @param int[] $ids @param bool $force even if the platform would read the same */
	public static function put( array $ids, bool $force ): void {
		foreach ( $ids as $id ) {
			update_post_meta( $id, Verdicts::CHANGED, ( $force || self::is_forced( $id ) ? 'force' : 'yes' ) . uniqid( ' ', true ) );
		}
	}

	public static function is_forced( int $id ): bool {
		return 0 === strpos( (string) get_post_meta( $id, Verdicts::CHANGED, true ), 'force' );
	}

	/** The marks as they are before the products are read. @param int[] $ids @return array id => mark */
	public static function of( array $ids ): array {
		update_meta_cache( 'post', $ids );
		$marks = array();
		foreach ( $ids as $id ) {
			$marks[ $id ] = (string) get_post_meta( $id, Verdicts::CHANGED, true );
		}
		return array_filter( $marks );
	}

	/** Takes those marks alone away: of a product that was saved meanwhile, the newer mark stays and it is sent again. */
	public static function take_away( array $marks ): void {
		foreach ( $marks as $id => $mark ) {
			delete_post_meta( $id, Verdicts::CHANGED, $mark );
		}
	}
}
