<?php
/** Action Scheduler: actions wait in a list until a test runs them. */
declare(strict_types=1);

final class FSA_Scheduler {
	public static $actions = array();
	private static $last   = 0;

	public static function add( $at, string $hook, array $args, string $group, int $every = 0, bool $unique = false ): int {
		if ( $unique && self::find( $hook, null, $group ) ) {
			return 0;
		}
		self::$actions[ ++self::$last ] = array( 'at' => (int) $at, 'hook' => $hook, 'args' => $args, 'group' => $group, 'every' => $every );
		return self::$last;
	}

	public static function find( $hook, $args, $group ): array {
		return array_filter(
			self::$actions,
			static function ( array $action ) use ( $hook, $args, $group ) {
				return ( '' === (string) $hook || $action['hook'] === $hook ) && ( null === $args || $action['args'] === $args ) && ( '' === (string) $group || $action['group'] === $group );
			}
		);
	}

	/** Runs what waits for a hook (or all), also what that adds; says how many. */
	public static function run( string $hook = '', int $at_most = 1000 ): int {
		$ran = 0;
		while ( $ran < $at_most && ( $due = self::find( $hook, null, '' ) ) ) {
			$id     = (int) array_key_first( $due );
			$action = self::$actions[ $id ];
			unset( self::$actions[ $id ] );
			do_action_ref_array( $action['hook'], array_values( $action['args'] ) );
			++$ran;
		}
		return $ran;
	}
}

function as_enqueue_async_action( $hook, $args = array(), $group = '', $unique = false, $priority = 10 ) {
	return FSA_Scheduler::add( time(), $hook, $args, $group, 0, $unique );
}

function as_schedule_single_action( $timestamp, $hook, $args = array(), $group = '', $unique = false, $priority = 10 ) {
	return FSA_Scheduler::add( $timestamp, $hook, $args, $group, 0, $unique );
}

function as_schedule_recurring_action( $timestamp, $interval, $hook, $args = array(), $group = '', $unique = false, $priority = 10 ) {
	return FSA_Scheduler::add( $timestamp, $hook, $args, $group, (int) $interval, $unique );
}

function as_schedule_cron_action( $timestamp, $schedule, $hook, $args = array(), $group = '', $unique = false, $priority = 10 ) {
	return FSA_Scheduler::add( $timestamp, $hook, $args, $group, DAY_IN_SECONDS, $unique );
}

function as_next_scheduled_action( $hook, $args = null, $group = '' ) {
	$found = FSA_Scheduler::find( $hook, $args, $group );
	return $found ? min( array_column( $found, 'at' ) ) : false;
}

function as_has_scheduled_action( $hook, $args = null, $group = '' ) {
	return (bool) FSA_Scheduler::find( $hook, $args, $group );
}

function as_unschedule_action( $hook, $args = array(), $group = '' ) {
	$id = array_key_first( FSA_Scheduler::find( $hook, $args, $group ) );
	unset( FSA_Scheduler::$actions[ $id ] );
	return $id;
}

function as_unschedule_all_actions( $hook, $args = array(), $group = '' ) {
	foreach ( array_keys( FSA_Scheduler::find( $hook, $args ? $args : null, $group ) ) as $id ) {
		unset( FSA_Scheduler::$actions[ $id ] );
	}
}

function as_get_scheduled_actions( $args = array(), $return_format = OBJECT ) {
	$found = FSA_Scheduler::find( $args['hook'] ?? '', $args['args'] ?? null, $args['group'] ?? '' );
	return 'ids' === $return_format ? array_keys( $found ) : $found;
}
