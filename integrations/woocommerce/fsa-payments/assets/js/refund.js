/* While a refund is typed on the order's screen, asks which card gets what and shows it above the buttons. */
( function ( $ ) {
	'use strict';
	var settings = window.fsaPaymentsRefund;
	var timer = 0;
	var turn = 0;

	function number( text ) {
		var point = ( window.woocommerce_admin_meta_boxes || {} ).mon_decimal_point || '.';
		return parseFloat( String( text || '' ).replace( point, '.' ) ) || 0;
	}

	function items() {
		var found = {};
		$( '#woocommerce-order-items tr[data-order_item_id]' ).each( function () {
			var sum = number( $( this ).find( 'input.refund_line_total' ).val() );
			$( this ).find( 'input.refund_line_tax' ).each( function () {
				sum += number( $( this ).val() );
			} );
			if ( sum > 0 ) {
				found[ $( this ).data( 'order_item_id' ) ] = sum.toFixed( 2 );
			}
		} );
		return found;
	}

	function box() {
		var found = $( '#fsa-payments-preview' );
		if ( ! found.length ) {
			found = $( '<div id="fsa-payments-preview" class="fsa-payments-preview" role="status"></div>' );
			$( '.wc-order-refund-items .refund-actions' ).first().before( found );
		}
		return found;
	}

	function say( text, isBad ) {
		box().toggleClass( 'is-bad', !! isBad ).empty().append( $( '<span>' ).text( text ) ).show();
	}

	function show( legs ) {
		var list = $( '<ul>' );
		legs.forEach( function ( leg ) {
			var row = $( '<li>' ).append( $( '<strong>' ).text( leg.amount + ' ' ), document.createTextNode( leg.card ) );
			row.attr( 'title', leg.why.join( '\n' ) );
			list.append( row );
		} );
		box().removeClass( 'is-bad' ).empty().append( $( '<strong>' ).text( settings.heading ), list ).show();
	}

	function ask() {
		var mine = ++turn;
		var amount = number( $( '#refund_amount' ).val() );
		if ( amount <= 0 ) {
			box().hide();
			return;
		}
		say( settings.asking );
		$.post( settings.url, { action: settings.action, nonce: settings.nonce, order: settings.order, amount: amount.toFixed( 2 ), items: JSON.stringify( items() ) } )
			.done( function ( answer ) {
				if ( mine === turn ) {
					if ( answer.success ) {
						show( answer.data.legs );
					} else {
						say( answer.data.message, true );
					}
				}
			} )
			.fail( function () {
				if ( mine === turn ) {
					say( settings.failed, true );
				}
			} );
	}

	$( document ).on( 'change keyup', '.refund input, #refund_amount', function () {
		window.clearTimeout( timer );
		timer = window.setTimeout( ask, 600 );
	} );
} )( window.jQuery );
