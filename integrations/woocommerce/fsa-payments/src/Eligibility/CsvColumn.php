<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use WC_Product;

defined( 'ABSPATH' ) || exit;

/** The verdict in WooCommerce's export; at import it is passed over, for the platform decides. */
final class CsvColumn {

	private const COLUMN = 'fsa_payments_eligibility';

	/** @var Verdicts */
	private $verdicts;

	public function __construct( Verdicts $verdicts ) {
		$this->verdicts = $verdicts;
	}

	public function register(): void {
		add_filter( 'woocommerce_product_export_column_names', array( $this, 'name' ) );
		add_filter( 'woocommerce_product_export_product_default_columns', array( $this, 'name' ) );
		add_filter( 'woocommerce_product_export_product_column_' . self::COLUMN, array( $this, 'value' ), 10, 2 );
		add_filter( 'woocommerce_product_export_skip_meta_keys', array( $this, 'without_cache' ) );
		add_filter( 'woocommerce_csv_product_import_mapping_options', array( $this, 'explain' ) );
		add_filter( 'woocommerce_csv_product_import_mapping_default_columns', array( $this, 'recognise' ) );
		add_filter( 'woocommerce_product_importer_parsed_data', array( $this, 'pass_over' ) );
	}

	/** @param array|mixed $columns */
	public function name( $columns ): array {
		return (array) $columns + array( self::COLUMN => __( 'FSA/HSA eligibility', 'fsa-payments' ) );
	}

	/** @param string|mixed $value @param WC_Product|mixed $product */
	public function value( $value, $product ): string {
		return $product instanceof WC_Product ? $this->verdicts->status( $product->get_id() ) : '';
	}

	/** @param array|mixed $keys */
	public function without_cache( $keys ): array {
		return array_merge( (array) $keys, Verdicts::KEYS );
	}

	/** @param array|mixed $options */
	public function explain( $options ): array {
		return (array) $options + array( self::COLUMN => __( 'FSA/HSA eligibility (not imported: the platform decides)', 'fsa-payments' ) );
	}

	/** @param array|mixed $columns */
	public function recognise( $columns ): array {
		return (array) $columns + array( __( 'FSA/HSA eligibility', 'fsa-payments' ) => self::COLUMN, 'FSA/HSA eligibility' => self::COLUMN );
	}

	/** Neither the column nor our own meta, under whatever heading it comes. @param array|mixed $data */
	public function pass_over( $data ): array {
		$data = (array) $data;
		unset( $data[ self::COLUMN ] );
		if ( isset( $data['meta_data'] ) && is_array( $data['meta_data'] ) ) {
			$data['meta_data'] = array_values(
				array_filter(
					$data['meta_data'],
					static function ( $meta ): bool {
						return ! in_array( $meta['key'] ?? '', Verdicts::KEYS, true );
					}
				)
			);
		}
		return $data;
	}
}
