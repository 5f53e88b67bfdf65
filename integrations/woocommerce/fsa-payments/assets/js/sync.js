/* Products → FSA/HSA while a check is under way: the page shows how far it is, without being loaded again. */
( function () {
	'use strict';
	var said = window.fsaPaymentsSync;
	var report = document.getElementById( 'fsa-payments-report' );
	var word = document.getElementById( 'fsa-payments-sync-word' );
	if ( ! said || ! report || ! said.isRunning ) {
		return;
	}
	function ask() {
		var body = new FormData();
		body.append( 'action', said.action );
		body.append( '_ajax_nonce', said.nonce );
		window.fetch( said.url, { method: 'POST', body: body, credentials: 'same-origin' } )
			.then( function ( answer ) {
				if ( ! answer.ok ) {
					throw new Error( String( answer.status ) );
				}
				return answer.json();
			} )
			.then( function ( answer ) {
				var focused = report.contains( document.activeElement ) && document.activeElement.value;
				report.innerHTML = answer.data.html;
				var again = focused && report.querySelector( 'button[value="' + focused + '"]' );
				if ( again ) {
					again.focus();
				}
				if ( answer.data.isRunning ) {
					window.setTimeout( ask, 1000 );
				} else {
					word.textContent = report.querySelector( '.fsa-payments-run' ).textContent;
				}
			} )
			.catch( function () {
				word.className = '';
				word.textContent = said.lost;
				window.setTimeout( ask, 10000 );
			} );
	}
	window.setTimeout( ask, 500 );
} )();
