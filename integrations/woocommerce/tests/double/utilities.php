<?php
/** Times, features and small helpers. */
declare(strict_types=1);

namespace Automattic\WooCommerce\Utilities {

	/** What plugins say they are compatible with. */
	final class FeaturesUtil {
		public static $declared = array();

		public static function declare_compatibility( string $feature_id, string $plugin_file, bool $positive_compatibility = true ): bool {
			self::$declared[ plugin_basename( $plugin_file ) ][ $feature_id ] = $positive_compatibility;
			return true;
		}

		public static function feature_is_enabled( string $feature_id ): bool {
			return 'custom_order_tables' === $feature_id;
		}
	}

	final class OrderUtil {
		public static function custom_orders_table_usage_is_enabled(): bool {
			return true;
		}

		public static function get_order_admin_screen(): string {
			return 'woocommerce_page_wc-orders';
		}

		public static function is_order( $order_id, $types = array() ): bool {
			return (bool) wc_get_order( $order_id );
		}

		public static function get_order_type( $order_id ) {
			$order = wc_get_order( $order_id );
			return $order ? $order->get_type() : null;
		}
	}

	final class NumberUtil {
		public static function round( $value, int $precision = 0, int $mode = PHP_ROUND_HALF_UP ): float {
			return round( (float) $value, $precision, $mode );
		}
	}
}

namespace {

	class WC_DateTime extends DateTime {

		public function getOffsetTimestamp() {
			return $this->getTimestamp() + $this->getOffset();
		}

		public function date( $format ) {
			return gmdate( $format, $this->getOffsetTimestamp() );
		}

		public function date_i18n( $format = 'Y-m-d' ) {
			return date_i18n( $format, $this->getOffsetTimestamp() );
		}

		public function __toString() {
			return $this->format( DATE_ATOM );
		}
	}

	final class FSA_WC_Time {

		public static function of( $seconds ): ?WC_DateTime {
			if ( null === $seconds ) {
				return null;
			}
			$time = new WC_DateTime( '@' . $seconds );
			$time->setTimezone( wp_timezone() );
			return $time;
		}

		public static function seconds( $date ): ?int {
			if ( null === $date || '' === $date ) {
				return null;
			}
			if ( $date instanceof DateTimeInterface ) {
				return $date->getTimestamp();
			}
			return is_numeric( $date ) ? (int) $date : (int) strtotime( (string) $date . ' UTC' );
		}
	}

	/** Keeps what is logged, for tests to read. */
	class WC_Logger {
		public static $lines = array();

		public function log( $level, $message, $context = array() ) {
			self::$lines[] = array( 'level' => $level, 'message' => $message, 'context' => $context );
		}

		public function __call( $level, $arguments ) {
			$this->log( $level, $arguments[0], $arguments[1] ?? array() );
		}
	}
}
