/* “Ask for another look” on a product's page and in each variation, which WooCommerce loads later. */
( function () {
	'use strict';
	var said = window.fsaPaymentsLook;
	document.addEventListener( 'click', function ( event ) {
		var button = event.target.closest && event.target.closest( '.fsa-payments-look button' );
		if ( ! button ) {
			return;
		}
		var box = button.closest( '.fsa-payments-look' );
		var answer = box.querySelector( '.fsa-payments-look-answer' );
		var body = new FormData();
		body.append( 'action', 'fsa_payments_another_look' );
		body.append( '_ajax_nonce', said.nonce );
		body.append( 'product', box.dataset.product );
		body.append( 'claim', box.querySelector( '.fsa-payments-claim' ).value );
		body.append( 'why', box.querySelector( '.fsa-payments-why' ).value );
		button.disabled = true;
		answer.textContent = said.sending;
		window.fetch( said.url, { method: 'POST', body: body, credentials: 'same-origin' } )
			.then( function ( response ) {
				return response.json();
			} )
			.then( function ( told ) {
				answer.textContent = ( told.data && told.data.message ) || said.lost;
				answer.className = 'fsa-payments-look-answer ' + ( told.success ? 'is-sent' : 'is-refused' );
				button.disabled = told.success === true;
			} )
			.catch( function () {
				answer.textContent = said.lost;
				button.disabled = false;
			} );
	} );
} )();
