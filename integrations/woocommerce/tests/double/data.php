<?php
/** What orders, items, products and tokens share: properties and meta that reach the database only by save(). */
declare(strict_types=1);

class WC_Data_Exception extends Exception {

	private $error_code;

	public function __construct( $code, $message, $http_status_code = 400, $data = array() ) {
		$this->error_code = $code;
		parent::__construct( $message, $http_status_code );
	}

	public function getErrorCode() {
		return $this->error_code;
	}
}

/** One row of meta, as get_meta_data() gives it. */
class WC_Meta_Data {
	public $id;
	public $key;
	public $value;

	public function __construct( array $row ) {
		$this->id    = $row['id'] ?? 0;
		$this->key   = $row['key'];
		$this->value = $row['value'];
	}

	public function get_data() {
		return array( 'id' => $this->id, 'key' => $this->key, 'value' => $this->value );
	}
}

abstract class WC_Data {
	protected $id          = 0;
	protected $data        = array();
	protected $meta_data   = array();
	protected $object_type = 'data';

	public function get_id() {
		return $this->id;
	}

	public function set_id( $id ) {
		$this->id = absint( $id );
	}

	public function get_data() {
		return array_merge( array( 'id' => $this->id ), $this->data, array( 'meta_data' => $this->get_meta_data() ) );
	}

	protected function get_prop( $name, $context = 'view' ) {
		$value = $this->data[ $name ] ?? null;
		return 'view' === $context ? apply_filters( $this->get_hook_prefix() . $name, $value, $this ) : $value;
	}

	protected function get_hook_prefix() {
		return 'woocommerce_' . $this->object_type . '_get_';
	}

	protected function set_prop( $name, $value ) {
		$this->data[ $name ] = $value;
	}

	public function set_props( $props ) {
		foreach ( $props as $name => $value ) {
			$setter = 'set_' . $name;
			if ( null !== $value && is_callable( array( $this, $setter ) ) ) {
				$this->$setter( $value );
			}
		}
	}

	public function get_meta_data() {
		return array_map(
			static function ( array $row ) {
				return new WC_Meta_Data( $row );
			},
			array_values( $this->meta_data )
		);
	}

	public function get_meta( $key = '', $single = true, $context = 'view' ) {
		$found = array();
		foreach ( $this->meta_data as $row ) {
			if ( $row['key'] === $key ) {
				$found[] = $row['value'];
			}
		}
		if ( $single ) {
			$value = $found ? $found[0] : '';
			return 'view' === $context ? apply_filters( $this->get_hook_prefix() . $key, $value, $this ) : $value;
		}
		return array_map(
			static function ( $value ) use ( $key ) {
				return new WC_Meta_Data( array( 'key' => $key, 'value' => $value ) );
			},
			$found
		);
	}

	public function meta_exists( $key = '' ) {
		return in_array( $key, array_column( $this->meta_data, 'key' ), true );
	}

	public function add_meta_data( $key, $value, $unique = false ) {
		if ( $unique ) {
			$this->delete_meta_data( $key );
		}
		$this->meta_data[] = array( 'key' => $key, 'value' => $value );
	}

	public function update_meta_data( $key, $value, $meta_id = 0 ) {
		foreach ( $this->meta_data as $at => $row ) {
			if ( $row['key'] === $key ) {
				$this->meta_data[ $at ]['value'] = $value;
				return;
			}
		}
		$this->add_meta_data( $key, $value );
	}

	public function delete_meta_data( $key ) {
		$this->meta_data = array_values(
			array_filter(
				$this->meta_data,
				static function ( array $row ) use ( $key ) {
					return $row['key'] !== $key;
				}
			)
		);
	}

	abstract public function save();

	/** Meta as it is stored now; what was not saved is forgotten. */
	public function read_meta_data( $force_read = false ) {
		$stored = FSA_WC_Store::read( $this->id );
		if ( $stored && $force_read ) {
			$this->meta_data = $stored['meta'];
		}
	}

	public function save_meta_data() {
		$stored = FSA_WC_Store::read( $this->id );
		if ( $stored ) {
			FSA_WC_Store::write( $this->id, $stored['kind'], $stored['parent'], $stored['props'], $this->meta_data );
		}
	}

	/** Fills this object with what is stored under an id; says whether there was something of one of these kinds. */
	protected function read( $id, array $kinds ): bool {
		$stored = FSA_WC_Store::read( (int) $id );
		if ( null === $stored || ! in_array( $stored['kind'], $kinds, true ) ) {
			return false;
		}
		$this->id        = (int) $id;
		$this->data      = array_merge( $this->data, $stored['props'] );
		$this->meta_data = $stored['meta'];
		return true;
	}
}
