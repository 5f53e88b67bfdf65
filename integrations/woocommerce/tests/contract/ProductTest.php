<?php
declare(strict_types=1);

namespace FsaPayments\Tests\Contract;

use FsaPayments\Eligibility\Item;
use FsaPayments\Tests\ShopCase;

/** What the catalogue's sync reads of a product. */
final class ProductTest extends ShopCase {

	public function test_what_is_sent_of_a_simple_product(): void {
		$product = new \WC_Product_Simple();
		$product->set_name( 'Digital thermometer & probe' );
		$product->set_sku( 'FSA-CONTRACT-1' );
		$product->set_regular_price( '9.30' );
		$product->set_price( '9.30' );
		$product->set_global_unique_id( '4006381333931' );
		$product->set_description( '<p>Reads in <b>ten</b> seconds.</p>' );
		$product->set_stock_status( 'outofstock' );
		$product->set_image_id( 0 );
		$id = (int) $product->save();

		$item = Item::of( wc_get_product( $id ) );

		$this->assertSame( array( 'FSA-CONTRACT-1', 'Digital thermometer & probe', '4006381333931' ), array( $item['sku'], $item['title'], $item['gtin'] ) );
		$this->assertSame( array( 'Reads in ten seconds.', '930', 'out_of_stock', '', 'true' ), array( $item['description'], $item['price_cents'], $item['availability'], $item['image_url'], $item['is_active'] ) );
		$this->assertSame( $item, Item::of( wc_get_product( $id ) ) );
	}
}
