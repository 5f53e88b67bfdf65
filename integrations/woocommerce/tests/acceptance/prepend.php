<?php
/** Before everything in each request of the acceptance run: where the shop and the platform are, whatever its wp-config.php says. */
ini_set( 'display_errors', '0' );
define( 'WP_HOME', getenv( 'FSA_SHOP_URL' ) );
define( 'WP_SITEURL', getenv( 'FSA_SHOP_URL' ) );
define( 'FSA_PAYMENTS_API_BASE', getenv( 'FSA_API_BASE' ) );
