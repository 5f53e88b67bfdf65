/* The buttons of the FSA/HSA panel: what is held is taken by units, taken whole, or let go. */
( function ( $ ) {
	'use strict';
	var settings = window.fsaPaymentsPanel;
	$( document ).on( 'click', '[data-fsa-deed]', function () {
		var button = $( this );
		var deed = button.data( 'fsa-deed' );
		var units = {};
		var answer = $( '.fsa-payments-answer' );
		if ( deed === 'release' && ! window.confirm( settings.release ) ) {
			return;
		}
		$( '.fsa-payments-panel input[data-position]' ).each( function () {
			units[ $( this ).data( 'position' ) ] = parseInt( $( this ).val(), 10 ) || 0;
		} );
		$( '[data-fsa-deed]' ).prop( 'disabled', true );
		$.post( settings.url, { action: settings.action, nonce: settings.nonce, order: settings.order, deed: deed, units: JSON.stringify( units ) } )
			.done( function ( found ) {
				if ( found.success ) {
					window.location.reload();
					return;
				}
				answer.text( found.data.message ).prop( 'hidden', false );
				$( '[data-fsa-deed]' ).prop( 'disabled', false );
			} )
			.fail( function () {
				answer.text( settings.failed ).prop( 'hidden', false );
				$( '[data-fsa-deed]' ).prop( 'disabled', false );
			} );
	} );
} )( window.jQuery );
