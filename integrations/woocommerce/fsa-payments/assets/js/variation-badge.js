/* The badge follows the chosen variation; with none chosen it says what holds for all. */
( function ( $ ) {
	'use strict';
	$( function () {
		var place = document.querySelector( '[data-fsa-payments-variations]' );
		if ( ! place ) {
			return;
		}
		var before = place.innerHTML;
		$( document.body )
			.on( 'found_variation', '.variations_form', function ( event, variation ) {
				place.innerHTML = ( variation && variation.fsa_payments_badge ) || '';
			} )
			.on( 'reset_data', '.variations_form', function () {
				place.innerHTML = before;
			} );
	} );
} )( window.jQuery );
