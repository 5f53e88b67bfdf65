<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

defined( 'ABSPATH' ) || exit;

/** What the statuses are called: to shoppers, to the owner, and beside which mark. A colour never stands alone. */
final class Words {

	/** The platform's statuses in the order in which they are listed. */
	public const STATUSES = array( 'eligible', 'letter', 'rx', 'not_eligible', 'unknown' );

	/** Kept only here: the platform would not take the product. */
	public const REFUSED = 'refused';

	/** Shown only: a card pays a share of it, and the shop may not call it eligible outright. */
	public const IN_PART = 'part';

	/** What the shopper reads beside a product; nothing where a card does not pay or nobody knows. */
	public static function label( string $status ): string {
		$labels = array(
			'eligible'    => __( 'FSA/HSA eligible', 'fsa-payments' ),
			self::IN_PART => __( 'FSA/HSA eligible in part', 'fsa-payments' ),
			'letter'      => __( 'FSA/HSA eligible with a letter', 'fsa-payments' ),
			'rx'          => __( 'FSA/HSA eligible with a prescription', 'fsa-payments' ),
		);
		return $labels[ $status ] ?? '';
	}

	/** The same where “FSA/HSA” stands before it already. */
	public static function short_label( string $status ): string {
		$labels = array(
			'eligible'    => __( 'Eligible', 'fsa-payments' ),
			self::IN_PART => __( 'Eligible in part', 'fsa-payments' ),
			'letter'      => __( 'Eligible with a letter', 'fsa-payments' ),
			'rx'          => __( 'Eligible with a prescription', 'fsa-payments' ),
		);
		return $labels[ $status ] ?? '';
	}

	/** What the owner reads in lists; nothing is “not checked”. */
	public static function name( string $status ): string {
		$names = array(
			'eligible'     => __( 'Eligible', 'fsa-payments' ),
			'letter'       => __( 'With a letter', 'fsa-payments' ),
			'rx'           => __( 'With a prescription', 'fsa-payments' ),
			'not_eligible' => __( 'Not eligible', 'fsa-payments' ),
			'unknown'      => __( 'Not known yet', 'fsa-payments' ),
			self::REFUSED  => __( 'Could not be checked', 'fsa-payments' ),
		);
		return $names[ $status ] ?? __( 'Not checked', 'fsa-payments' );
	}

	/** A shape for each, so that nobody needs the colour. */
	public static function mark( string $status ): string {
		$marks = array( 'eligible' => '✓', self::IN_PART => '◐', 'letter' => '✎', 'rx' => '℞', 'not_eligible' => '✕', 'unknown' => '?', self::REFUSED => '!' );
		return $marks[ $status ] ?? '–';
	}

	/** The owner's badge, escaped. */
	public static function owner_badge( string $status, string $more = '' ): string {
		return '<span class="fsa-payments-verdict fsa-payments-is-' . esc_attr( '' === $status ? 'unchecked' : $status ) . '"><span aria-hidden="true">'
			. esc_html( self::mark( $status ) ) . '</span> ' . esc_html( self::name( $status ) . $more ) . '</span>';
	}

	/** The shopper's badge, escaped; nothing where there is nothing to show. */
	public static function shop_badge( string $status ): string {
		$label = self::label( $status );
		return '' === $label ? '' : '<span class="fsa-payments-badge fsa-payments-is-' . esc_attr( $status ) . '"><span aria-hidden="true">'
			. esc_html( self::mark( $status ) ) . '</span> ' . esc_html( $label ) . '</span>';
	}
}
