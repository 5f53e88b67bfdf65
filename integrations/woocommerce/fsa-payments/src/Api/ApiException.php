<?php
declare(strict_types=1);

namespace FsaPayments\Api;

use RuntimeException;

defined( 'ABSPATH' ) || exit;

/** The platform refused a call or could not be reached. `getMessage()` is a sentence for people; `code_name()` is for code. */
final class ApiException extends RuntimeException {

	public const UNREACHABLE = 'unreachable';
	public const CIRCUIT     = 'circuit_open';

	/** Codes by which the key itself is refused: no call will work until the owner does something. */
	private const KEY_CODES = array( 'api_key_invalid', 'api_key_expired', 'api_key_missing', 'api_key_wrong_mode', 'merchant_key_revoked', 'secret_key_required' );

	/** @var string */
	private $code_name;

	/** @var int */
	private $http_status;

	/** @var string */
	private $request_id;

	/** @var array */
	private $error;

	public function __construct( string $message, string $code_name, int $http_status = 0, string $request_id = '', array $error = array() ) {
		parent::__construct( $message );
		$this->code_name   = $code_name;
		$this->http_status = $http_status;
		$this->request_id  = $request_id;
		$this->error       = $error;
	}

	public function code_name(): string {
		return $this->code_name;
	}

	/** 0 where no answer came. */
	public function http_status(): int {
		return $this->http_status;
	}

	public function request_id(): string {
		return $this->request_id;
	}

	public function param(): string {
		return (string) ( $this->error['param'] ?? '' );
	}

	/** The platform's whole error, with fields that only this code has. */
	public function error(): array {
		return $this->error;
	}

	/** The same call with the same idempotency key may work in a moment. */
	public function is_retryable(): bool {
		return $this->is_unreachable() || 429 === $this->http_status || $this->http_status >= 500
			|| in_array( $this->code_name, array( 'idempotency_key_in_use', 'session_processing' ), true );
	}

	public function is_unreachable(): bool {
		return in_array( $this->code_name, array( self::UNREACHABLE, self::CIRCUIT ), true );
	}

	public function is_key_refused(): bool {
		return 401 === $this->http_status || in_array( $this->code_name, self::KEY_CODES, true );
	}
}
