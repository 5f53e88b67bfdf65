<?php
declare(strict_types=1);

namespace FsaPayments\Eligibility;

use FsaPayments\Services;

defined( 'ABSPATH' ) || exit;

/** The catalogue's part of the plugin: what the platform says of each product, where the owner and the shoppers see it. */
final class Eligibility {

	/** @var Services */
	private $services;

	public function __construct( Services $services ) {
		$this->services = $services;
	}

	public function register(): void {
		$verdicts = new Verdicts();
		$sync     = new Sync( $this->services->settings(), $this->services->client(), new Units(), $verdicts );
		$sync->register();
		( new Watch( $this->services->settings(), $this->services->client(), $sync ) )->register();
		( new Changes( $this->services->settings(), $this->services->client(), $verdicts, $sync ) )->register();
		( new Badges( $this->services->settings(), $verdicts ) )->register();
		( new CartPreview( $this->services->settings(), $this->services->client(), $verdicts ) )->register();
		( new CsvColumn( $verdicts ) )->register();
		if ( is_admin() ) {
			( new ProductFields( $this->services->settings(), $verdicts ) )->register();
			( new AnotherLook( $this->services->client(), $verdicts ) )->register();
			( new ListColumn( new Units() ) )->register();
			( new ListFilter( new Units() ) )->register();
			( new BulkAction( $sync ) )->register();
			( new SyncScreen( $this->services->settings(), $sync, new Units() ) )->register();
		}
		if ( defined( 'WP_CLI' ) && constant( 'WP_CLI' ) ) {
			\WP_CLI::add_command( 'fsa-payments', new Command( $this->services->settings(), $sync ) );
		}
	}
}
