<?php
declare(strict_types=1);

namespace FsaPayments\Webhooks;

use RuntimeException;

defined( 'ABSPATH' ) || exit;

/** Another request works on the order: try again in a moment. */
final class LockBusy extends RuntimeException {
}
