<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Api\ApiException;
use FsaPayments\Api\Client;

defined( 'ABSPATH' ) || exit;

/** The owner objects to a verdict; people at the platform look again. Sent twice, it is one objection. */
final class AnotherLook {

	public const ACTION = 'fsa_payments_another_look';

	private const SHORTEST = 20;

	/** @var Client */
	private $client;

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Client $client, Verdicts $verdicts ) {
		$this->client   = $client;
		$this->verdicts = $verdicts;
	}

	public function register(): void {
		add_action( 'wp_ajax_' . self::ACTION, array( $this, 'answer' ) );
	}

	public function answer(): void {
		check_ajax_referer( self::ACTION );
		$id = isset( $_POST['product'] ) ? absint( wp_unslash( $_POST['product'] ) ) : 0;
		if ( ! current_user_can( 'edit_post', $id ) || ! current_user_can( 'edit_products' ) ) {
			wp_send_json_error( array( 'message' => __( 'You may not do that.', 'fsa-payments' ) ), 403 );
		}
		$claim = isset( $_POST['claim'] ) ? sanitize_key( wp_unslash( $_POST['claim'] ) ) : '';
		$why   = isset( $_POST['why'] ) ? sanitize_textarea_field( wp_unslash( $_POST['why'] ) ) : '';
		list( $is_sent, $message ) = $this->ask( $id, $claim, $why );
		if ( $is_sent ) {
			wp_send_json_success( array( 'message' => $message ) );
		}
		wp_send_json_error( array( 'message' => $message ), 422 );
	}

	/** @return array whether it was sent, and what to tell the owner */
	public function ask( int $id, string $claim, string $why ): array {
		$product = $this->verdicts->product( $id );
		if ( '' === $product || ! in_array( $claim, array_diff( Words::STATUSES, array( 'unknown' ) ), true ) ) {
			return array( false, __( 'Have the product checked first.', 'fsa-payments' ) );
		}
		if ( mb_strlen( trim( $why ) ) < self::SHORTEST ) {
			return array( false, __( 'Write at least 20 characters: the label, the maker’s claim, the ingredient.', 'fsa-payments' ) );
		}
		$body = array( 'product' => $product, 'claim' => $claim, 'evidence' => mb_substr( trim( $why ), 0, 5000 ) );
		try {
			$this->client->post( 'eligibility/disputes', $body, 'woo-look-' . md5( (string) wp_json_encode( $body ) ) );
		} catch ( ApiException $error ) {
			return array( false, $error->getMessage() );
		}
		return array( true, __( 'Sent. The verdict here changes by itself if the reviewers agree with you.', 'fsa-payments' ) );
	}
}
