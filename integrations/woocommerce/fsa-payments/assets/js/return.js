/* Asks whether the payment is confirmed, and shows the page anew once it is. Without scripts the page is right after a reload. */
( function () {
	'use strict';
	var box = document.querySelector( '.fsa-payments-waiting' );
	var pauses = [ 1500, 2000, 3000, 4000, 5000, 5000, 8000, 8000, 10000, 10000, 15000, 15000, 30000, 30000 ];
	var asked = 0;
	function next() {
		if ( asked === 8 ) {
			box.textContent = box.dataset.late;
		}
		if ( asked < pauses.length ) {
			window.setTimeout( ask, pauses[ asked++ ] );
		}
	}
	function ask() {
		fetch( box.dataset.ask, { credentials: 'same-origin', cache: 'no-store' } )
			.then( function ( answer ) {
				return answer.ok ? answer.json() : {};
			} )
			.then( function ( found ) {
				if ( found.state === 'done' ) {
					window.location.reload();
				} else {
					next();
				}
			} )
			.catch( next );
	}
	if ( box ) {
		next();
	}
} )();
