<?php
declare(strict_types=1);

namespace FsaPayments;

use FsaPayments\Api\Client;

defined( 'ABSPATH' ) || exit;

/** What the parts share: the settings and the client. Tests give their own. */
final class Services {

	/** @var Settings */
	private $settings;

	/** @var Client */
	private $client;

	public function __construct( ?Settings $settings = null, ?Client $client = null ) {
		$this->settings = $settings ?? new Settings();
		$this->client   = $client ?? new Client( $this->settings );
	}

	public function settings(): Settings {
		return $this->settings;
	}

	public function client(): Client {
		return $this->client;
	}
}
