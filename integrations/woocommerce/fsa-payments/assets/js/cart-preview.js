/* How the cart would be paid, under the totals of the Cart and Checkout blocks. The words come with the cart from the server. */
( function ( wc, wp ) {
	'use strict';
	if ( ! wc || ! wc.blocksCheckout || ! wp || ! wp.plugins ) {
		return;
	}
	var make = wp.element.createElement;
	function Split( props ) {
		var said = props.extensions && props.extensions[ 'fsa-payments' ];
		var lines = ( said && said.lines ) || [];
		return lines.length === 0 ? null : make(
			'div',
			{ className: 'fsa-payments-split', role: 'status' },
			lines.map( function ( line, place ) {
				return make( 'p', { key: place }, line );
			} )
		);
	}
	wp.plugins.registerPlugin( 'fsa-payments-cart-preview', {
		scope: 'woocommerce-checkout',
		render: function () {
			return make( wc.blocksCheckout.ExperimentalOrderMeta, null, make( Split ) );
		}
	} );
} )( window.wc, window.wp );
